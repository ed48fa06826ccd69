// Connects and disconnects again and again, in every way in which a client can go, and looks at
// what is left. node --expose-gc --no-opt connections.mjs [cycles=50000]
//
// Without the optimizing compiler: its code stays on the heap, and no connection left it there.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { createHub, createMemoryLog, hubStream } from "@sse/node";
import { conclude, mebibytes, settledMemory } from "./memory.mjs";

const cycles = Number(process.argv[2] ?? 50_000);
/** Until the runtime has compiled and cached what it will. */
const warmUp = 5_000;
const atATime = 50;

const hub = createHub({
  log: createMemoryLog({ maxEvents: 100 }),
  window: { maxEvents: 100 },
  presenceGrace: 20,
  maxConnectionAge: 3_600_000,
});
const stream = hubStream(hub, (request) => {
  const number = Number(new URL(request.url ?? "/", "http://localhost").searchParams.get("n"));
  return {
    user: `user ${number}`,
    topics: [`topic ${number}`, "all"],
    replay: { last: 3 },
    ...(number % 2 === 0 && { expires: new Date(Date.now() + 3_600_000) }),
  };
});
const server = createServer(stream);
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

/**
 * A client of which only the way it goes is of interest.
 * @param {number} number
 */
async function cycle(number) {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  const over = once(socket, "close");
  socket.write(`GET /?n=${number} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  // Some leave before the server has seen their request.
  if (number % 4 === 0) socket.resetAndDestroy();
  else await leaveLive(socket, number);
  await over;
}

/**
 * @param {import("node:net").Socket} socket
 * @param {number} number
 */
async function leaveLive(socket, number) {
  const connection = await connectionOf(socket);
  if (number % 4 === 1) socket.resetAndDestroy();
  if (number % 4 === 2) socket.end();
  if (number % 4 === 2) socket.resume();
  if (number % 4 === 3) {
    hub.disconnect({ connection });
    socket.end().resume();
  }
}

/**
 * The connection's id, from `sse:live`.
 * @param {import("node:net").Socket} socket
 * @returns {Promise<string>}
 */
async function connectionOf(socket) {
  let text = "";
  for (;;) {
    const [bytes] = await once(socket, "data");
    text += bytes;
    const id = /"connection":"([^"]+)"/.exec(text)?.[1];
    if (id !== undefined) return id;
  }
}

/** @param {number} count */
async function run(count) {
  let next = 0;
  const workers = Array.from({ length: atATime }, async () => {
    for (let number = next++; number < count; number = next++) {
      await cycle(number);
      if (number % 20 === 0) await hub.publish("all", { data: `event ${number}` });
    }
  });
  await Promise.all(workers);
  while (hub.connectionCount() > 0 || hub.stats().users > 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/**
 * Returns the resources that keep the process alive, once the sockets of the last clients have
 * closed.
 */
async function settledResources() {
  let resources = "";
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = process.getActiveResourcesInfo().sort().join();
    same = now === resources ? same + 1 : 0;
    resources = now;
  }
  return resources;
}

function listeners() {
  return [server, process].map((emitter) =>
    emitter.eventNames().map((name) => emitter.listenerCount(/** @type {string} */ (name))),
  );
}

await run(warmUp);
const before = await settledMemory();
const resourcesBefore = await settledResources();
const listenersBefore = JSON.stringify(listeners());
const started = performance.now();
await run(cycles);
const seconds = (performance.now() - started) / 1_000;
const after = await settledMemory();
// Before anything is printed: a pipe that takes the text is a resource too.
const resourcesAfter = await settledResources();
const growth = after.heapUsed / before.heapUsed - 1;
const stats = hub.stats();

console.log(`${cycles} connections came and went in ${seconds.toFixed(1)} s`);
console.log(`heap: ${mebibytes(before.heapUsed)} before, ${mebibytes(after.heapUsed)} after`);
console.log(`growth: ${(100 * growth).toFixed(2)} %`);
console.log(`external: ${mebibytes(before.external)} before, ${mebibytes(after.external)} after`);
console.log(`open resources before: ${resourcesBefore}`);
console.log(`open resources after:  ${resourcesAfter}`);
conclude({
  "the heap is within 5 %": growth < 0.05,
  "the hub has no registrations": stats.connections + stats.users + stats.topics + stats.lagging === 0,
  "no timers or handles are left": resourcesAfter === resourcesBefore,
  "no listeners are left": JSON.stringify(listeners()) === listenersBefore,
});
