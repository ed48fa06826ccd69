import { type Bench, bySize, type Scenario } from "../bench.js";
import { until } from "../clock.js";
import type { ContenderName } from "../contenders/index.js";
import type { LoadProcess, Server } from "../processes.js";
import { type Session, withSession } from "../session.js";

/** Contenders that resume from a `Last-Event-ID` without code of the application. */
const able: ContenderName[] = ["sse"];
const timeout = 60_000;
const interval = 50;

interface Storm {
  others: number;
  returning: number;
  missed: number;
  ticks: number;
}

/**
 * Clients that were cut off reconnect all at once, each with events to catch up, while others
 * continue reading.
 */
export const catchUpStorm: Scenario = {
  name: "catch-up-storm",
  title: "Catch-up storm: clients come back at once with events to catch up",
  contest: true,
  metrics: {
    live: { title: "all live after", unit: "s", digits: 2 },
    p99: { title: "others' p99", unit: "ms", digits: 1 },
    max: { title: "others' max", unit: "ms", digits: 1 },
    cpu: { title: "CPU a client", unit: "µs", digits: 0 },
    rss: { title: "RSS", unit: "MB", digits: 0 },
  },
  async run(bench) {
    const rounds = bySize(bench.size, { full: 3, quick: 1, smoke: 1 });
    const storm = bySize<Storm>(bench.size, {
      full: { others: 500, returning: 5_000, missed: 100, ticks: 160 },
      quick: { others: 100, returning: 2_000, missed: 100, ticks: 80 },
      smoke: { others: 3, returning: 4, missed: 5, ticks: 5 },
    });
    bench.note("CPU a client is without that of the events for the others, which is measured before.");
    bench.note("The first time the runtime also compiles what serves the clients: most of the CPU.");
    bench.note("Other libraries leave history to the application: only contenders that have it take part.");
    for (let round = 0; round < rounds; round += 1)
      for (const contender of bench.contenders(able)) await measure(bench, contender, storm);
  },
};

async function measure(bench: Bench, contender: ContenderName, storm: Storm): Promise<void> {
  await withSession(bench, contender, { clients: storm.others }, async (session) => {
    for (const time of ["first", "second"] as const) {
      const figures = await runStorm(bench, session, storm);
      bench.report({ case: `${describe(storm)}, the ${time} time`, contender, figures });
    }
  });
}

async function runStorm(bench: Bench, session: Session, storm: Storm): Promise<Record<string, number>> {
  const { others, returning, missed, ticks } = storm;
  const { server } = session;
  const ofOthers = { ticks, eventsPerTick: 1, bytes: 100, pace: { interval } };
  const alone = await session.deliver(ofOthers);
  const { load, live } = await comeBack(bench, server, storm);
  const [delivery, { duration }] = await Promise.all([session.deliver(ofOthers, { remember: true }), live]);
  const all = returning * missed;
  const { deliveries } = await load.call("arrived", { deliveries: all, timeout });
  if (deliveries !== all) throw new Error(`${deliveries} deliveries arrived where ${all} were due`);
  const after = await server.call("usage", null);
  const { each } = await session.load.call("latencies", delivery.published.times);
  await load.end();
  const haveLeft = async (): Promise<boolean> => (await server.call("connections", null)) === others;
  await until(haveLeft, () => `${others} connections`, timeout);
  const cpuOfOthers = alone.after.cpu - alone.before.cpu;
  const cpu = (after.cpu - delivery.before.cpu - cpuOfOthers) / returning;
  return { live: duration / 1_000, p99: each.p99, max: each.max, cpu, rss: after.rss / 1e6 };
}

/**
 * Publishes what the clients missed, and begins to connect them; `live` resolves once each has it.
 */
async function comeBack(
  bench: Bench,
  server: Server,
  { returning, missed }: Storm,
): Promise<{ load: LoadProcess; live: Promise<{ duration: number }> }> {
  const lastEventId = await server.call("position", null);
  // A topic of their own, so that the clients that return receive nothing but what they missed.
  const topics = ["missed"];
  const pace = { window: missed };
  await server.call("publish", { topics, ticks: missed, eventsPerTick: 1, bytes: 100, pace });
  const load = bench.processes.load({ background: true });
  await load.call("count", {});
  const opening = { port: server.port, clients: returning, topics, lastEventId };
  const live = load.call("open", opening).then(() => load.call("reached", { events: missed, timeout }));
  return { load, live };
}

function describe({ others, returning, missed }: Storm): string {
  return `${returning.toLocaleString("en")} clients, ${missed} missed events each, ${others} others`;
}
