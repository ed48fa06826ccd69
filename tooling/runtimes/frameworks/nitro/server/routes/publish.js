// server/routes/publish.js
import { fromNodeMiddleware } from "h3";
import { room } from "../shared-room.js";

export default fromNodeMiddleware((request, response) => room.publish(request, response));
