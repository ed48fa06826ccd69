import { type Bench, bySize, type Scenario } from "../bench.js";
import type { ContenderName } from "../contenders/index.js";
import { withSession } from "../session.js";

const able: readonly ContenderName[] = ["sse", "resumable-stream"];
const bytes = 30;
const timeout = 60_000;

/** Clients that open a run under way, one after the other: the time until each has all of it. */
export const runCatchUp: Scenario = {
  name: "run-catch-up",
  title: "Runs: a client opens an answer under way and receives it from its beginning",
  contest: true,
  metrics: {
    time: { title: "time to catch up", unit: "ms", digits: 1 },
    cpu: { title: "CPU a client", unit: "µs", digits: 0 },
  },
  async run(bench) {
    const { rounds, tokens, clients } = bySize(bench.size, {
      full: { rounds: 5, tokens: 5_000, clients: 100 },
      quick: { rounds: 2, tokens: 5_000, clients: 50 },
      smoke: { rounds: 1, tokens: 5, clients: 2 },
    });
    for (let round = 0; round < rounds; round += 1)
      for (const contender of bench.contenders(able)) await catchUp(bench, contender, tokens, clients);
  },
};

async function catchUp(
  bench: Bench,
  contender: ContenderName,
  tokens: number,
  clients: number,
): Promise<void> {
  await withSession(bench, contender, { clients: 1, run: true }, async (session) => {
    const { server, topics } = session;
    await session.deliver({ ticks: tokens, eventsPerTick: 1, bytes, pace: { window: 1_000 } });
    const load = bench.processes.load();
    const before = await server.call("usage", null);
    let time = 0;
    for (let client = 0; client < clients; client += 1) {
      await load.call("count", {});
      await load.call("open", { port: server.port, clients: 1, topics });
      const { deliveries, duration } = await load.call("arrived", { deliveries: tokens, timeout });
      if (deliveries !== tokens) throw new Error(`${deliveries} tokens arrived where ${tokens} were due`);
      time += duration;
    }
    const after = await server.call("usage", null);
    await load.end();
    const figures = { time: time / clients, cpu: (after.cpu - before.cpu) / clients };
    bench.report({ case: `${tokens.toLocaleString("en")} tokens of ${bytes} B`, contender, figures });
  });
}
