import { node } from "@elysiajs/node";
import { Elysia } from "elysia";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();

new Elysia({ adapter: node() })
  .get("/events", ({ request }) => events(request))
  .post("/publish", ({ request }) => publish(request), { parse: "none" })
  .listen(process.env.PORT ?? 3000);
