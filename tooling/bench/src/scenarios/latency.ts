import { bySize, type Scenario } from "../bench.js";
import { withSession } from "../session.js";

/** From publishing to the last client, under steady load: one event every 50 ms. */
export const latency: Scenario = {
  name: "latency",
  title: "Latency: from publishing to the last client",
  contest: true,
  metrics: {
    p50: { title: "p50", unit: "ms", digits: 1 },
    p99: { title: "p99", unit: "ms", digits: 1 },
    max: { title: "max", unit: "ms", digits: 1 },
  },
  async run(bench) {
    const { rounds, clients, ticks } = bySize(bench.size, {
      full: { rounds: 3, clients: 1_000, ticks: 80 },
      quick: { rounds: 1, clients: 1_000, ticks: 20 },
      smoke: { rounds: 1, clients: 4, ticks: 2 },
    });
    const publishing = { ticks, eventsPerTick: 1, bytes: 100, pace: { interval: 50 } };
    for (let round = 0; round < rounds; round += 1)
      for (const contender of bench.contenders())
        await withSession(bench, contender, { clients }, async (session) => {
          await session.deliver({ ...publishing, ticks: Math.ceil(ticks / 4) });
          const { published } = await session.deliver(publishing, { remember: true });
          const { last } = await session.load.call("latencies", published.times);
          const figures = { ...last };
          bench.report({
            case: `${clients.toLocaleString("en")} connections, 20 events a second`,
            contender,
            figures,
          });
        });
  },
};
