// Two instances of one hub: published on the first, received on the second, and a client of one
// resumes on the other. On a NATS with JetStream at NATS_URL, or else on a Redis at REDIS_URL:
//   NATS_URL=nats://localhost:4222 node two-instances.mjs
//   REDIS_URL=redis://localhost:6379 node two-instances.mjs
import { createServer } from "node:http";
import { createEventSource } from "@sse/client";
import { createNatsLog } from "@sse/nats";
import { createHub, hubStream } from "@sse/node";
import { createRedisLog } from "@sse/redis";

const { NATS_URL, REDIS_URL = "redis://localhost:6379" } = process.env;
const name = `example-${process.pid}`;

/** Opens the log that all instances share: only this differs between the engines. */
function openLog() {
  if (NATS_URL) return createNatsLog({ servers: NATS_URL, stream: name });
  return createRedisLog({ url: REDIS_URL, key: name });
}

/** Starts an instance: in production each is a process of its own. */
async function startInstance() {
  const log = openLog();
  const hub = createHub({ log });
  const server = createServer(hubStream(hub, () => ({ topics: ["news"] })));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = Object(server.address());
  const stop = async () => {
    server.close();
    await hub.close();
    await log.close();
  };
  return { hub, url: `http://127.0.0.1:${port}`, stop };
}

const first = await startInstance();
const second = await startInstance();

/** Prints titles until so many have come, and returns the last id. */
async function read(source, count) {
  for await (const { event, data } of source) {
    if (event !== "title") continue;
    console.log(data);
    count -= 1;
    if (count === 0) break;
  }
  return source.lastEventId;
}

// From `live` on a new client receives what any instance publishes.
const source = createEventSource(second.url);
await new Promise((resolve) => source.onLifecycle("live", () => resolve(undefined)));
const reading = read(source, 1);
await first.hub.publish("news", { event: "title", data: "published on the first, read on the second" });
const seen = await reading;

await second.hub.publish("news", { event: "title", data: "missed, and resumed on the first" });
await read(createEventSource(first.url, { lastEventId: seen }), 1);

await first.stop();
await second.stop();
