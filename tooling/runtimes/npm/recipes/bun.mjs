import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();

Bun.serve({
  port: process.env.PORT ?? 3000,
  routes: { "/events": events, "/publish": publish }, // Bun passes (request, server)
});
