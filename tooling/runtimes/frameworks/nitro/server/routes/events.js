// server/routes/events.js
import { fromNodeMiddleware } from "h3";
import { room } from "../shared-room.js";

export default fromNodeMiddleware((request, response, _next) => room.events(request, response));
