// app/publish/route.js
import { room } from "../shared-room.js";

export const POST = (request) => room.publish(request);
