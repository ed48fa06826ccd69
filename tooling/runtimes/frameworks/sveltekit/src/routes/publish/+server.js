// src/routes/publish/+server.js
import { room } from "$lib/shared-room.js";

export const POST = ({ request }) => room.publish(request);
