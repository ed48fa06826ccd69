// app/routes/events.js, a resource route
import { room } from "../shared-room.js";

export const loader = ({ request }) => room.events(request);
