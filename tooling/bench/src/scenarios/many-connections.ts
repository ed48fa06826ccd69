import { bySize, type Scenario } from "../bench.js";
import { connectionLimit } from "../descriptors.js";
import { withSession } from "../session.js";

/** Milliseconds. */
const heartbeat = 5_000;
const timeout = 30_000;

/** All connections in one process: held, each with a heartbeat, and an event to all. */
export const manyConnections: Scenario = {
  name: "many-connections",
  title: "Many connections in one process: held, heartbeats to each, one event to all",
  contest: true,
  metrics: {
    connecting: { title: "connecting", unit: "s", digits: 2 },
    heartbeats: { title: "all heartbeats in", unit: "s", digits: 2 },
    broadcast: { title: "event at all", unit: "ms", digits: 0 },
    rss: { title: "RSS", unit: "MB", digits: 0 },
  },
  async run(bench) {
    const wanted = bySize(bench.size, { full: 20_000, quick: 5_000, smoke: 5 });
    const clients = Math.min(wanted, connectionLimit());
    if (clients < wanted)
      bench.note(`This system allows a process ${clients.toLocaleString("en")} connections (ulimit -Hn).`);
    const options = { clients, heartbeat: bySize(bench.size, { full: heartbeat, quick: 1_000, smoke: 50 }) };
    for (const contender of bench.contenders(["sse", "better-sse", "fastify-sse"])) {
      const start = performance.now();
      await withSession(bench, contender, options, async (session) => {
        const connecting = (performance.now() - start) / 1_000;
        await session.load.call("count", {});
        const { duration } = await session.load.call("heard", { timeout });
        const publishing = { ticks: 1, eventsPerTick: 1, bytes: 100, pace: { interval: 0 } };
        const { published, after } = await session.deliver(publishing, { remember: true });
        const { last } = await session.load.call("latencies", published.times);
        const figures = {
          connecting,
          heartbeats: duration / 1_000,
          broadcast: last.max,
          rss: after.rss / 1e6,
        };
        bench.report({ case: `${clients.toLocaleString("en")} connections`, contender, figures });
      });
    }
  },
};
