import { type Bench, bySize, type Scenario } from "../bench.js";
import { type Deployment, withDeployment } from "../deployment.js";
import { availableLogs, type Log } from "../logs.js";
import type { LoadProcess, Server } from "../processes.js";

/** Milliseconds from one live event to the next. */
const interval = 50;
/** Milliseconds after which clients that are not live are lost. */
const timeout = 240_000;
/** Live events that are published before it is checked that all have arrived. */
const ticksAtATime = 20;

interface Sizes {
  /** Clients that reconnect. */
  returning: number;
  missed: number;
  /** Clients that are live meanwhile, on another topic. */
  others: number;
}

/** The topics of the clients that reconnect: all the same, or each also a topic of its own. */
const followings = ["one topic", "one topic and one of their own"] as const;

/**
 * An instance that has just started has nothing but the log. Thousands of clients reconnect to it
 * with a long backlog, while it keeps publishing to others.
 */
export const logBacklog: Scenario = {
  name: "log-backlog",
  title: "Logs: thousands of clients come back to a new instance with a long backlog",
  contest: true,
  metrics: {
    live: { title: "all live after", unit: "s", digits: 1 },
    p99: { title: "others' p99", unit: "ms", digits: 0 },
    cpu: { title: "CPU a client", unit: "µs", digits: 0 },
    engine: { title: "engine's CPU a client", unit: "µs", digits: 0 },
    memory: { title: "memory added", unit: "MB", digits: 0 },
  },
  async run(bench) {
    const { rounds, ...sizes } = bySize(bench.size, {
      full: { rounds: 3, returning: 2_000, missed: 1_000, others: 100 },
      quick: { rounds: 1, returning: 2_000, missed: 1_000, others: 100 },
      smoke: { rounds: 1, returning: 3, missed: 10, others: 2 },
    });
    const logs = availableLogs(bench).filter(({ engine }) => engine !== "none");
    bench.note("The new instance and the one that published before share a core.");
    for (let round = 0; round < rounds; round += 1)
      for (const log of logs) for (const following of followings) await measure(bench, log, sizes, following);
  },
};

async function measure(
  bench: Bench,
  log: Log,
  sizes: Sizes,
  following: (typeof followings)[number],
): Promise<void> {
  const { returning, missed, others } = sizes;
  await withDeployment(bench, log, { instances: 1 }, async (deployment) => {
    const { topic } = deployment;
    const lastEventId = await fill(bench, deployment, missed);
    const server = await deployment.add();
    const live = bench.processes.load();
    await deployment.connect(live, server, others, "live");
    await live.call("count", { events: timeout / interval });
    const before = { ...(await server.call("usage", null)), engine: deployment.engineCpu() };
    const publishing = publishUntilEnd(server, live, others);
    const back = bench.processes.load({ background: true });
    await back.call("count", {});
    const topics =
      following === "one topic"
        ? [topic]
        : Array.from({ length: returning }, (_, index) => `${topic}+own-${index}`);
    await back.call("open", { port: server.port, clients: returning, topics, lastEventId });
    const { duration } = await back.call("reached", { events: missed, timeout });
    const { deliveries } = await back.call("arrived", { deliveries: returning * missed, timeout });
    if (deliveries !== returning * missed)
      throw new Error(`${deliveries} deliveries arrived where ${returning * missed} were due`);
    const p99 = await publishing.end();
    const after = { ...(await server.call("usage", null)), engine: deployment.engineCpu() };
    bench.report({
      case: `${returning.toLocaleString("en")} clients of ${following}, ${missed.toLocaleString("en")} missed events each`,
      contender: log.name,
      figures: {
        live: duration / 1_000,
        p99,
        cpu: (after.cpu - before.cpu) / returning,
        engine: (after.engine - before.engine) / returning,
        memory: (after.peakRss - before.rss) / 1e6,
      },
    });
    await Promise.all([live.end(), back.end(), server.end()]);
  });
}

/** Publishes what the clients will have missed. Returns the position ahead of it. */
async function fill(bench: Bench, deployment: Deployment, missed: number): Promise<string> {
  const { near, topic } = deployment;
  const witness = bench.processes.load();
  await deployment.connect(witness, near, 1);
  await near.call("append", { topic, events: 1, window: 1, bytes: 100 });
  await witness.call("reached", { events: 1, timeout });
  const position = await near.call("position", null);
  await near.call("append", { topic, events: missed, window: 16, bytes: 100 });
  await witness.call("reached", { events: missed + 1, timeout });
  await witness.end();
  return position;
}

/** Publishes live events until `end()`, which returns the 99th percentile of their latencies. */
function publishUntilEnd(server: Server, live: LoadProcess, clients: number): { end(): Promise<number> } {
  const times: number[] = [];
  let ended = false;
  const publish = async (): Promise<void> => {
    const pace = { interval };
    const publishing = { topics: ["live"], ticks: ticksAtATime, eventsPerTick: 1, bytes: 100, pace };
    while (!ended) {
      times.push(...(await server.call("publish", publishing)).times);
      await live.call("arrived", { deliveries: times.length * clients, timeout });
    }
  };
  const published = publish();
  return {
    end: async () => {
      ended = true;
      await published;
      return (await live.call("latencies", times)).each.p99;
    },
  };
}
