import { type Bench, bySize, type Scenario } from "../bench.js";
import { arrivedExactly, withDeployment } from "../deployment.js";
import { availableLogs, type Log } from "../logs.js";

/** Milliseconds from event to event. */
const interval = 10;

interface Sizes {
  /** Of each instance. */
  clients: number;
  events: number;
}

/**
 * From publishing at one instance to the last client of another, under steady load; both have
 * clients.
 */
export const logLatency: Scenario = {
  name: "log-latency",
  title: "Logs: latency from publishing at one instance to the last client of another",
  contest: true,
  metrics: {
    p50: { title: "p50", unit: "ms", digits: 1 },
    p99: { title: "p99", unit: "ms", digits: 1 },
    max: { title: "max", unit: "ms", digits: 1 },
  },
  async run(bench) {
    const { rounds, ...sizes } = bySize(bench.size, {
      full: { rounds: 3, clients: 100, events: 800 },
      quick: { rounds: 1, clients: 100, events: 200 },
      smoke: { rounds: 1, clients: 2, events: 5 },
    });
    const logs = availableLogs(bench);
    bench.note("Both instances share a core; in memory, one instance has the clients of both.");
    for (let round = 0; round < rounds; round += 1) for (const log of logs) await measure(bench, log, sizes);
  },
};

async function measure(bench: Bench, log: Log, { clients, events }: Sizes): Promise<void> {
  await withDeployment(bench, log, { instances: 2 }, async (deployment) => {
    const { near, far, topic } = deployment;
    const others = bench.processes.load();
    const measured = bench.processes.load();
    await deployment.connect(others, near, clients);
    await deployment.connect(measured, far, clients);
    const deliver = async (ticks: number): Promise<{ times: number[]; late: number }> => {
      await others.call("count", {});
      await measured.call("count", { events: ticks });
      const pace = { interval };
      const publishing = { topics: [topic], ticks, eventsPerTick: 1, bytes: 100, pace };
      const published = await near.call("publish", publishing);
      await arrivedExactly(others, { clients, events: ticks });
      await arrivedExactly(measured, { clients, events: ticks });
      return published;
    };
    await deliver(Math.ceil(events / 4));
    const { times, late } = await deliver(events);
    const { last } = await measured.call("latencies", times);
    bench.report({ case: describe(clients), contender: log.name, figures: { ...last } });
    if (late > 200) bench.note(`${log.name}: did not sustain the rate (${Math.round(late)} ms late)`);
    await Promise.all([others.end(), measured.end()]);
  });
}

function describe(clients: number): string {
  return `2 × ${clients} connections, ${1_000 / interval} events a second`;
}
