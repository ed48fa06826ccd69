// src/routes/events/+server.js
import { room } from "$lib/shared-room.js";

export const GET = ({ request }) => room.events(request);
