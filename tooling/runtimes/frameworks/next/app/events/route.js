// app/events/route.js
import { room } from "../shared-room.js";

export const dynamic = "force-dynamic";
export const GET = (request) => room.events(request);
