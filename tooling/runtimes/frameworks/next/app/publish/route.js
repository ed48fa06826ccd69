// app/publish/route.js
import { createRoom } from "../room.mjs";

export const POST = (request) => (globalThis.room ??= createRoom()).publish(request);
