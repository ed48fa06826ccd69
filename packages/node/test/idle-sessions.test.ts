import { connect, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createHub } from "@sse/hub";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventStream, hubStream, type NodeHandler } from "../src/index.js";
import { until } from "./support/server.js";

/** A server, and a client that has received the head of a stream. */
async function open(
  handler: NodeHandler,
): Promise<{ server: Http2Server; client: ReturnType<typeof connect> }> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await until(() => server.listening);
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const stream = client.request().resume();
  await new Promise((resolve) => stream.once("response", resolve));
  return { server, client };
}

test("a server closes although a client keeps the connection of its stream open", async () => {
  const hub = createHub();
  const { server, client } = await open(hubStream(hub));
  await hub.close();
  let closed = false;
  server.close(() => {
    closed = true;
  });
  await until(() => closed);
  await until(() => client.closed);
});

test("while the server listens, the connection is kept for further requests", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { client } = await open(eventStream((stream) => stream.send({ data: 1 }).then(() => {})));
  await until(() => vi.getTimerCount() > 0);
  await vi.advanceTimersByTimeAsync(1_000);
  const stream = client.request().resume();
  await new Promise((resolve) => stream.once("response", resolve));
  expect(client.closed).toBe(false);
});
