import { bySize, type Scenario } from "../bench.js";
import { sleep } from "../clock.js";
import { withSession } from "../session.js";

/** Milliseconds: short, so that heartbeats have been sent before memory is measured. */
const heartbeat = 1_000;

/**
 * Measures the memory of one more connection: the difference between the memory with few and with
 * many connections, each after a collection, while heartbeats are sent where the contender has
 * them. The few are there so that code that has been compiled is not counted.
 */
export const idleMemory: Scenario = {
  name: "idle-memory",
  title: "Idle memory a connection, heartbeats on",
  contest: true,
  metrics: {
    heap: { title: "heap and external", unit: "KB", digits: 2 },
    rss: { title: "RSS", unit: "KB", digits: 1 },
  },
  async run(bench) {
    const { rounds, few, more, rest } = bySize(bench.size, {
      full: { rounds: 3, few: 1_000, more: 5_000, rest: 3 * heartbeat },
      quick: { rounds: 1, few: 500, more: 2_000, rest: 1.5 * heartbeat },
      smoke: { rounds: 1, few: 2, more: 4, rest: 0 },
    });
    bench.note("The bare server sends no heartbeats; its row is what node:http itself holds.");
    for (let round = 0; round < rounds; round += 1)
      for (const contender of bench.contenders(["sse", "better-sse", "fastify-sse", "bare-write"]))
        await withSession(bench, contender, { clients: few, heartbeat }, async (session) => {
          await sleep(rest / 2);
          const before = await session.server.call("settledUsage", null);
          await session.connect(more);
          await sleep(rest);
          const after = await session.server.call("settledUsage", null);
          const each = (bytes: number): number => bytes / more / 1_000;
          const figures = { heap: each(after.heap - before.heap), rss: each(after.rss - before.rss) };
          bench.report({ case: `${more.toLocaleString("en")} more connections`, contender, figures });
        });
  },
};
