import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, (request) =>
  new URL(request.url).pathname === "/publish" ? publish(request) : events(request),
);
