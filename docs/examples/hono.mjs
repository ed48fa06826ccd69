// Hono on Node: rooms with topics from the path, and a publish endpoint. Try it:
//   node hono.mjs
//   curl -N localhost:3000/rooms/red/events
//   curl localhost:3000/rooms/red/messages -d "hello"
import { serve } from "@hono/node-server";
import { createHub, hubStream } from "@sse/web";
import { Hono } from "hono";

const hub = createHub();

// What the route passes beside the request reaches the callback.
const events = hubStream(hub, (_request, /** @type {string} */ room) => ({
  topics: [room],
  replay: { last: 50 },
}));

const app = new Hono();
app.get("/rooms/:room/events", (c) => events(c.req.raw, c.req.param("room")));
app.post("/rooms/:room/messages", async (c) => {
  const id = await hub.publish(c.req.param("room"), { event: "message", data: await c.req.text() });
  return c.json({ id }, 201);
});

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
