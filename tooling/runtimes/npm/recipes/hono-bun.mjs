import { Hono } from "hono";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();
const app = new Hono();
app.get("/events", (c) => events(c.req.raw, c.env)); // c.env is Bun's server
app.post("/publish", (c) => publish(c.req.raw));

export default { fetch: app.fetch, port: process.env.PORT ?? 3000 };
