import { Elysia } from "elysia";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();

new Elysia()
  .get("/events", ({ request, server }) => events(request, server))
  .post("/publish", ({ request }) => publish(request), { parse: "none" })
  .listen(process.env.PORT ?? 3000);
