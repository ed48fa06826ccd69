import { type Bench, bySize, type Scenario } from "../bench.js";
import { arrivedExactly, type Deployment, withDeployment } from "../deployment.js";
import { availableLogs, type Log } from "../logs.js";
import type { LoadProcess } from "../processes.js";

/** Appends under way at a time. */
const window = 64;
const bytes = 100;

interface Sizes {
  /** Appends until code is compiled and the log is full, so that each append evicts. */
  filling: number;
  appends: number;
}

/** Measures the acknowledged appends of one instance, while one of its clients reads them all. */
export const logThroughput: Scenario = {
  name: "log-throughput",
  title: "Logs: appends through one instance",
  contest: true,
  metrics: {
    rate: { title: "acknowledged", unit: "1/s", digits: 0, more: true },
    cpu: { title: "CPU/append", unit: "µs", digits: 1 },
    engine: { title: "engine's CPU/append", unit: "µs", digits: 1 },
  },
  async run(bench) {
    const { rounds, ...sizes } = bySize(bench.size, {
      full: { rounds: 3, filling: 10_000, appends: 30_000 },
      quick: { rounds: 1, filling: 6_000, appends: 10_000 },
      smoke: { rounds: 1, filling: 3, appends: 100 },
    });
    const logs = availableLogs(bench);
    bench.note("CPU/append is that of the instance: it publishes, follows the log and serves one client.");
    for (let round = 0; round < rounds; round += 1) for (const log of logs) await measure(bench, log, sizes);
  },
};

async function measure(bench: Bench, log: Log, { filling, appends }: Sizes): Promise<void> {
  await withDeployment(bench, log, { instances: 1 }, async (deployment) => {
    const load = bench.processes.load();
    await deployment.connect(load, deployment.near, 1);
    await append(deployment, load, filling);
    const figures = await append(deployment, load, appends);
    bench.report({ case: `${window} × ${bytes} B under way`, contender: log.name, figures });
    await load.end();
  });
}

async function append(
  deployment: Deployment,
  load: LoadProcess,
  events: number,
): Promise<Record<string, number>> {
  const { near, topic } = deployment;
  await load.call("count", {});
  const before = { ...(await near.call("usage", null)), engine: deployment.engineCpu() };
  const duration = await near.call("append", { topic, events, window, bytes });
  const after = { ...(await near.call("usage", null)), engine: deployment.engineCpu() };
  await arrivedExactly(load, { clients: 1, events });
  return {
    rate: (1_000 * events) / duration,
    cpu: (after.cpu - before.cpu) / events,
    engine: (after.engine - before.engine) / events,
  };
}
