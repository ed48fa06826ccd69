// app/events/route.js
import { createRoom } from "../room.mjs";

export const dynamic = "force-dynamic";
export const GET = (request) => (globalThis.room ??= createRoom()).events(request);
