import { type Bench, bySize, type Scenario } from "../bench.js";
import { until } from "../clock.js";
import type { ContenderName } from "../contenders/index.js";
import { withSession } from "../session.js";

const atATime = 32;

/** Clients that connect, get the head of the response and leave. */
export const churn: Scenario = {
  name: "churn",
  title: "Churn: clients that connect and leave",
  contest: true,
  metrics: {
    cpu: { title: "CPU a client", unit: "µs", digits: 0 },
    rate: { title: "connects", unit: "1/s", digits: 0, more: true },
    rss: { title: "RSS", unit: "MB", digits: 0 },
  },
  async run(bench) {
    const { rounds, clients } = bySize(bench.size, {
      full: { rounds: 3, clients: 6_000 },
      quick: { rounds: 1, clients: 3_000 },
      smoke: { rounds: 1, clients: 20 },
    });
    for (let round = 0; round < rounds; round += 1)
      for (const contender of bench.contenders()) await comeAndGo(bench, contender, clients);
  },
};

async function comeAndGo(bench: Bench, contender: ContenderName, clients: number): Promise<void> {
  await withSession(bench, contender, { clients: 0 }, async ({ server, load, topics }) => {
    const churning = { port: server.port, topic: topics[0]!, clients, atATime };
    // As many as are measured: until then the runtime compiles what they run through.
    await load.call("churn", churning);
    const before = await server.call("usage", null);
    const { duration } = await load.call("churn", churning);
    const gone = async (): Promise<boolean> => (await server.call("connections", null)) === 0;
    await until(gone, () => "no connections left", 5_000);
    const after = await server.call("usage", null);
    const figures = {
      cpu: (after.cpu - before.cpu) / clients,
      rate: (1_000 * clients) / duration,
      rss: after.rss / 1e6,
    };
    bench.report({ case: `${atATime} at a time`, contender, figures });
  });
}
