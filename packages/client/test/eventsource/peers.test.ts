import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createSession } from "better-sse";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, expect, test } from "vitest";
import { EventSource } from "../../src/eventsource/index.js";

// Sockets and megabytes take their time on a busy machine.
/** Servers of other projects. */
let server: Server | undefined;
let source: EventSource | undefined;

afterEach(async () => {
  source?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

async function open(listener: RequestListener): Promise<EventSource> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  source = new EventSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    headers: { "X-Token": "t" },
  });
  return source;
}

/** The first events, as `type data id`. */
function firstEvents(from: EventSource, count: number): Promise<string[]> {
  const seen: string[] = [];
  return new Promise((resolve) => {
    for (const type of ["message", "price"]) {
      from.addEventListener(type, ({ data, lastEventId }) => {
        if (seen.push(`${type} ${data} ${lastEventId}`) === count) resolve(seen);
      });
    }
  });
}

test("better-sse: events, and going on after the last id", async () => {
  const stream = await open(async (request, response) => {
    const session = await createSession(request, response, { retry: 1 });
    const after = Number(session.lastId || 0);
    session.push({ token: request.headers["x-token"] }, "price", String(after + 1));
    session.push("line\nline", "message", String(after + 2));
    if (after === 0) setImmediate(() => response.end());
  });
  expect(await firstEvents(stream, 4)).toEqual([
    'price {"token":"t"} 1',
    'message "line\\nline" 2',
    'price {"token":"t"} 3',
    'message "line\\nline" 4',
  ]);
});

test("hono: events, and going on after the last id", async () => {
  const app = new Hono();
  app.get("/", (context) =>
    streamSSE(context, async (stream) => {
      const after = Number(context.req.header("Last-Event-ID") ?? 0);
      await stream.writeSSE({
        event: "price",
        data: `${context.req.header("X-Token")}`,
        id: String(after + 1),
        retry: 1,
      });
      await stream.writeSSE({ data: "line\nline", id: String(after + 2) });
    }),
  );
  const stream = await open(getRequestListener(app.fetch));
  expect(await firstEvents(stream, 4)).toEqual([
    "price t 1",
    "message line\nline 2",
    "price t 3",
    "message line\nline 4",
  ]);
});
