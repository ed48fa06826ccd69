import { type Bench, bySize, type Scenario } from "../bench.js";
import { arrivedExactly, withDeployment } from "../deployment.js";
import { availableLogs, type Log } from "../logs.js";

interface Sizes {
  clients: number;
  missed: number;
}

/**
 * Clients of one instance reconnect at once, at another instance: each receives each event that it
 * missed exactly once.
 */
export const logCatchUp: Scenario = {
  name: "log-catch-up",
  title: "Logs: clients come back at another instance with events to catch up",
  contest: true,
  metrics: {
    live: { title: "all live after", unit: "s", digits: 2 },
    cpu: { title: "CPU a client", unit: "µs", digits: 0 },
    engine: { title: "engine's CPU a client", unit: "µs", digits: 0 },
  },
  async run(bench) {
    const { rounds, ...sizes } = bySize(bench.size, {
      full: { rounds: 3, clients: 1_000, missed: 100 },
      quick: { rounds: 1, clients: 1_000, missed: 100 },
      smoke: { rounds: 1, clients: 3, missed: 10 },
    });
    const logs = availableLogs(bench);
    for (let round = 0; round < rounds; round += 1)
      for (const log of logs) {
        await measure(bench, log, { ...sizes, held: "by the instance" });
        await measure(bench, log, { ...sizes, held: "only by the log" });
      }
  },
};

/** Too few for anyone to catch up without the log. */
const tooSmall = 2;

async function measure(
  bench: Bench,
  log: Log,
  { clients, missed, held }: Sizes & { held: "by the instance" | "only by the log" },
): Promise<void> {
  const options = { instances: 2, ...(held === "only by the log" && { window: tooSmall }) } as const;
  await withDeployment(bench, log, options, async (deployment) => {
    const { near, far, topic } = deployment;
    const witness = bench.processes.load();
    await deployment.connect(witness, far, 1);
    const publish = async (events: number): Promise<void> => {
      await witness.call("count", {});
      await near.call("append", { topic, events, window: 1, bytes: 100 });
      await arrivedExactly(witness, { clients: 1, events });
    };
    // Until the runtime has compiled what publishes and follows, and the instance knows a position.
    await publish(missed);
    const lastEventId = await far.call("position", null);
    await publish(missed);
    const load = bench.processes.load();
    await load.call("count", {});
    const before = { ...(await far.call("usage", null)), engine: deployment.engineCpu() };
    await load.call("open", { port: far.port, clients, topics: [topic], lastEventId });
    const { duration } = await arrivedExactly(load, { clients, events: missed });
    const after = { ...(await far.call("usage", null)), engine: deployment.engineCpu() };
    bench.report({
      case: `${clients.toLocaleString("en")} clients, ${missed} missed events each, held ${held}`,
      contender: log.name,
      figures: {
        live: duration / 1_000,
        cpu: (after.cpu - before.cpu) / clients,
        engine: (after.engine - before.engine) / clients,
      },
    });
    await Promise.all([witness.end(), load.end()]);
  });
}
