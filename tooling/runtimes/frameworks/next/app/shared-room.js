// app/shared-room.js
import { createRoom } from "./room.mjs";

globalThis.room ??= createRoom();
export const { room } = globalThis;
