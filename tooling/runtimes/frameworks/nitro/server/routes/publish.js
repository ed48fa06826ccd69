// server/routes/publish.js
import { fromNodeMiddleware } from "h3";
import { room } from "../shared-room.js";

export default fromNodeMiddleware((request, response, _next) => room.publish(request, response));
