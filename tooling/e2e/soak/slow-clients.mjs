// Clients that never read, while no deadline ends them: what a server holds for them stays bounded.
// node --expose-gc slow-clients.mjs [clients=1000] [events=12000] [bytes=1000]
//
// 12,000 events of a kilobyte are ten minutes at 20 a second; they are published as fast as it
// goes.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { createHub, createMemoryLog, hubStream } from "@sse/node";
import { conclude, mebibytes, settledMemory } from "./memory.mjs";

const clients = Number(process.argv[2] ?? 1_000);
const events = Number(process.argv[3] ?? 12_000);
const eventBytes = Number(process.argv[4] ?? 1_000);
const highWaterMark = 65_536;
const windowBytes = 4 * 1024 * 1024;

if (process.send === undefined) await serve();
else beClients(Number(process.argv[5]));

async function serve() {
  const sockets = new Set();
  const hub = createHub({
    log: createMemoryLog({ maxBytes: windowBytes }),
    window: { maxBytes: windowBytes },
    slowReader: { stallTimeout: 0 },
  });
  const server = createServer(hubStream(hub, undefined, { highWaterMark }));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1", 4_096);
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

  const others = fork(new URL(import.meta.url), [clients, events, eventBytes, port].map(String));
  while (hub.connectionCount() < clients) await new Promise((resolve) => setTimeout(resolve, 20));
  const idle = await settledMemory();

  const most = { total: 0, heapUsed: 0, external: 0, queued: 0 };
  const data = "x".repeat(eventBytes);
  for (let count = 0; count < events; count += 1) {
    await hub.broadcast({ data: `${count} ${data}` });
    // A tick each, as if time passed between them: what is published in one tick shares a write.
    await new Promise((resolve) => setImmediate(resolve));
    if (count % Math.ceil(events / 12) === 0 || count === events - 1) await measure();
  }

  async function measure() {
    const { heapUsed, external } = await settledMemory();
    const queued = [...sockets].reduce((sum, socket) => sum + socket.writableLength, 0);
    const total = heapUsed + external + queued;
    if (total > most.total) Object.assign(most, { total, heapUsed, external, queued });
  }

  const bound = clients * highWaterMark + windowBytes;
  const { lagging, connections, windowBytes: windowHeld, published } = hub.stats();
  console.log(`${published} events, ${connections} clients that never read, ${lagging} of them behind`);
  console.log(`idle: heap ${mebibytes(idle.heapUsed)}, external ${mebibytes(idle.external)}`);
  console.log(
    `most: heap ${mebibytes(most.heapUsed)}, external ${mebibytes(most.external)}, queued ${mebibytes(most.queued)}`,
  );
  console.log(`the window holds ${mebibytes(windowHeld)}`);
  const growth = most.total - idle.heapUsed - idle.external;
  console.log(
    `in all ${mebibytes(most.total)}; ${mebibytes(growth)} more than idle, of at most ${mebibytes(bound)}`,
  );
  others.kill();
  while (hub.connectionCount() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const after = await settledMemory();
  console.log(
    `after they have gone: heap ${mebibytes(after.heapUsed)}, external ${mebibytes(after.external)}`,
  );
  conclude({
    "all clients are still connected": connections === clients,
    "all clients are behind": lagging === clients,
    "memory is within the high-water marks and the window": growth <= bound,
  });
}

/**
 * In a process of their own, so that what they hold does not count.
 * @param {number} port
 */
async function beClients(port) {
  process.once("disconnect", () => process.exit());
  for (let count = 0; count < clients; count += 1) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.pause();
    if (count % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
