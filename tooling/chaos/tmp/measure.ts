import { readFileSync } from "node:fs";
import { Engine, natsServer, redisServer } from "@sse/engines";
import { createHub } from "@sse/hub";
import { createNatsLog } from "@sse/nats";
import { createRedisLog } from "@sse/redis";

const kind = process.argv[2]!,
  perSecond = Number(process.argv[3]),
  seconds = Number(process.argv[4]);
const engine = await Engine.start(kind === "redis" ? redisServer() : natsServer());
const log =
  kind === "redis"
    ? createRedisLog({ url: `redis://127.0.0.1:${engine.port}`, key: "m" })
    : createNatsLog({ servers: `127.0.0.1:${engine.port}`, stream: "m" });
const hub = createHub({ log, bus: null });
const runs = [];
for (let i = 0; i < 1000; i += 50)
  runs.push(...(await Promise.all(Array.from({ length: 50 }, () => hub.run()))));
const cpuOf = () => {
  const f = readFileSync(`/proc/${engine.processId}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(f[11]) + Number(f[12])) * 10_000;
};
const c0 = process.cpuUsage(),
  e0 = cpuOf(),
  t0 = performance.now();
let stored = 0;
const latencies: number[] = [];
const end = t0 + seconds * 1000;
if (perSecond === 0) {
  await Promise.all(
    runs.map(async (run) => {
      while (performance.now() < end) {
        await run.append({ data: " token" });
        stored++;
      }
    }),
  );
} else {
  let sent = 0;
  const all: Promise<unknown>[] = [];
  while (performance.now() < end) {
    const due = Math.floor(((performance.now() - t0) / 1000) * perSecond);
    for (; sent < due; sent++) {
      const at = performance.now();
      all.push(
        runs[sent % 1000]!.append({ data: " token" }).then(() => {
          stored++;
          latencies.push(performance.now() - at);
        }),
      );
    }
    await new Promise((r) => setTimeout(r, 2));
  }
  await Promise.all(all);
}
const t = (performance.now() - t0) / 1000,
  c = process.cpuUsage(c0);
latencies.sort((a, b) => a - b);
console.log(
  kind,
  perSecond,
  `stored ${stored} in ${t.toFixed(1)} s = ${(stored / t).toFixed(0)}/s; hub ${((c.user + c.system) / stored).toFixed(0)} µs/token; engine ${((cpuOf() - e0) / stored).toFixed(0)} µs/token; p50 ${latencies[latencies.length >> 1]?.toFixed(1)} p99 ${latencies[Math.floor(latencies.length * 0.99)]?.toFixed(1)} ms`,
);
await hub.close();
await log.close();
await engine.dispose();
