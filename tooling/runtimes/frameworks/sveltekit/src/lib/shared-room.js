// src/lib/shared-room.js
import { createRoom } from "./room.mjs";

export const room = createRoom();
