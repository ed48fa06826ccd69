import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createRoom } from "./room.mjs";

const { events, publish } = createRoom();
const app = new Hono();
app.get("/events", (c) => events(c.req.raw));
app.post("/publish", (c) => publish(c.req.raw));

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
