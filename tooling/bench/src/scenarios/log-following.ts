import { type Bench, bySize, type Scenario } from "../bench.js";
import { arrivedExactly, withDeployment } from "../deployment.js";
import { availableLogs, type Log } from "../logs.js";

/** Appends under way at a time. */
const window = 64;
const bytes = 100;

interface Sizes {
  /** Appends until code is compiled and the log is full, so that each append evicts. */
  filling: number;
  appends: number;
}

/**
 * Measures the cost of an event that no client of the instance follows: another instance publishes
 * it.
 */
export const logFollowing: Scenario = {
  name: "log-following",
  title: "Logs: an instance, while others publish what its clients do not follow",
  contest: true,
  metrics: {
    cpu: { title: "CPU/event", unit: "µs", digits: 1 },
  },
  async run(bench) {
    const { rounds, ...sizes } = bySize(bench.size, {
      full: { rounds: 3, filling: 10_000, appends: 30_000 },
      quick: { rounds: 1, filling: 6_000, appends: 10_000 },
      smoke: { rounds: 1, filling: 3, appends: 100 },
    });
    const logs = availableLogs(bench).filter(({ engine }) => engine !== "none");
    for (let round = 0; round < rounds; round += 1) for (const log of logs) await measure(bench, log, sizes);
  },
};

async function measure(bench: Bench, log: Log, { filling, appends }: Sizes): Promise<void> {
  await withDeployment(bench, log, { instances: 2 }, async (deployment) => {
    const { near, far, topic } = deployment;
    const load = bench.processes.load();
    await deployment.connect(load, far, 1);
    await near.call("append", { topic: "other", events: filling, window, bytes });
    await load.call("count", {});
    const before = await far.call("usage", null);
    await near.call("append", { topic: "other", events: appends, window, bytes });
    await near.call("append", { topic, events: 1, window, bytes });
    // By then the instance has gone through all that was published before it.
    await arrivedExactly(load, { clients: 1, events: 1 });
    const after = await far.call("usage", null);
    bench.report({
      case: `${window} × ${bytes} B under way`,
      contender: log.name,
      figures: { cpu: (after.cpu - before.cpu) / appends },
    });
    await load.end();
  });
}
