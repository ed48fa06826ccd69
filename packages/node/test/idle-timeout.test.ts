import { once } from "node:events";
import { expect, test } from "vitest";
import { type EventStream, eventStream } from "../src/index.js";
import { arrives, ask, closed, http1, http2, responseTo } from "./support/server.js";

/** Milliseconds: short, but longer than a busy machine needs to open a stream. */
const timeout = 100;

/** A handler whose streams say nothing by themselves, and the streams that it opened. */
function quiet(): { handler: ReturnType<typeof eventStream>; streams: EventStream[] } {
  const streams: EventStream[] = [];
  return { streams, handler: eventStream((stream) => void streams.push(stream), { heartbeat: 0 }) };
}

test("an idle stream outlives the server's time-out, which ends idle connections around it", async () => {
  const { handler, streams } = quiet();
  const { server, port } = await http1((request, response) => {
    if (request.url === "/stream") handler(request, response);
  });
  server.setTimeout(timeout);
  const response = await responseTo(ask(port, { path: "/stream" }));
  for (let round = 0; round < 3; round++) await closed(ask(port, { path: "/silent" }));
  const arrived = arrives(response, "data: still here\n\n");
  await streams[0]?.send({ data: "still here" });
  await arrived;
});

test("idle streams outlive an HTTP/2 server's time-out, which is in force again once the last of them has ended", async () => {
  const { handler, streams } = quiet();
  const { session } = await http2(handler, timeout);
  const [first, second] = [session.request({ ":path": "/" }), session.request({ ":path": "/" })];
  await Promise.all([once(first, "response"), once(second, "response")]);
  const arrived = arrives(second, "data: still here\n\n");
  await idleSessionsEnd();
  streams[0]?.close();
  await idleSessionsEnd();
  await streams[1]?.send({ data: "still here" });
  await arrived;
  expect(session.closed).toBe(false);
  streams[1]?.close();
  first.resume();
  await once(session, "close");
});

/** Waits until the time-out has ended three connections that carry nothing, one after the other. */
async function idleSessionsEnd(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const idle = await http2(() => {}, timeout);
    await once(idle.session, "close");
  }
}
