import { Hono } from "hono";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();
const app = new Hono();
app.get("/events", (c) => events(c.req.raw));
app.post("/publish", (c) => publish(c.req.raw));

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, app.fetch);
