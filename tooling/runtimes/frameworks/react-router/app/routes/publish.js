// app/routes/publish.js
import { room } from "../shared-room.js";

export const action = ({ request }) => room.publish(request);
