import { createHub, createMemoryLog, type EventSink, EventStream, type Hub } from "@sse/node";
import { bySize, type Scenario } from "../bench.js";
import { median } from "../statistics.js";

/** A growth whose cost is measured: a hub with so many of something, and one publish to it. */
interface Growth {
  readonly title: string;
  readonly sizes: Record<"full" | "quick" | "smoke", readonly number[]>;
  create(count: number): Promise<Hub>;
  publish(hub: Hub): Promise<unknown>;
}

const event = { event: "price", data: "x".repeat(100) };
const counts = { full: [1_000, 10_000, 100_000], quick: [1_000, 10_000, 100_000], smoke: [10, 20] };

/** Entries that the measured topic keeps where something else grows. */
const kept = 1_000;

const growths: readonly Growth[] = [
  {
    title: "entries kept",
    sizes: counts,
    async create(count) {
      const hub = hubWith({ maxEvents: 0, maxEventsPerTopic: count });
      for (let i = 0; i < 1.2 * count; i += 1) await hub.publish("topic", event);
      return hub;
    },
    publish: (hub) => hub.publish("topic", event),
  },
  {
    title: "topics known",
    sizes: counts,
    create: (count) => filled((hub, i) => hub.publish(`topic ${i}`, event), count),
    publish: (hub) => hub.publish("topic", event),
  },
  {
    title: "users known",
    sizes: counts,
    create: (count) => filled((hub, i) => hub.sendTo(`user ${i}`, event), count),
    publish: (hub) => hub.sendTo("user", event),
  },
  {
    title: "connections that do not follow",
    sizes: { full: [100, 1_000, 10_000], quick: [100, 1_000, 10_000], smoke: [2, 4] },
    create: (count) =>
      filled((hub, i) => {
        const stream = new EventStream(new IdleSink(), { id: String(i) });
        hub.connect(stream, { topics: [`other ${i}`], user: `other ${i}` });
      }, count),
    publish: (hub) => hub.publish("topic", event),
  },
];

/**
 * One publish, by what the hub keeps and knows. None of it may make a publish dearer: each row is
 * compared with the smallest of its group, in turns in one process.
 */
export const publishCost: Scenario = {
  name: "publish-cost",
  title: "Publish: its cost by what is kept and known",
  contest: false,
  metrics: {
    ratio: { title: "ratio to the smallest", unit: "", digits: 2 },
    cpu: { title: "CPU a publish", unit: "µs", digits: 1 },
  },
  async run(bench) {
    const { rounds, publishes } = bySize(bench.size, {
      full: { rounds: 15, publishes: 20_000 },
      quick: { rounds: 5, publishes: 5_000 },
      smoke: { rounds: 1, publishes: 10 },
    });
    for (const growth of growths) {
      const sizes = growth.sizes[bench.size];
      const costs = await costsOf(growth, sizes, rounds, publishes);
      for (const [i, count] of sizes.entries()) {
        const figures = { ratio: median(costs[i]!) / median(costs[0]!), cpu: median(costs[i]!) };
        bench.report({ case: growth.title, contender: count.toLocaleString("en"), figures });
      }
    }
  },
};

/** Microseconds of each round, by size. */
async function costsOf(
  growth: Growth,
  sizes: readonly number[],
  rounds: number,
  publishes: number,
): Promise<number[][]> {
  const hubs: Hub[] = [];
  for (const count of sizes) hubs.push(await growth.create(count));
  const costs: number[][] = sizes.map(() => []);
  for (const hub of hubs) await costOf(() => growth.publish(hub), publishes);
  for (let round = 0; round < rounds; round += 1)
    for (const [i, hub] of hubs.entries()) costs[i]!.push(await costOf(() => growth.publish(hub), publishes));
  for (const hub of hubs) await hub.close();
  return costs;
}

async function costOf(publish: () => Promise<unknown>, publishes: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < publishes; i += 1) await publish();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / publishes;
}

/** A hub whose measured topic and user keep a thousand entries, beside so many others. */
async function filled(add: (hub: Hub, i: number) => unknown, count: number): Promise<Hub> {
  const hub = hubWith({ maxEvents: 0, maxEventsPerTopic: kept });
  for (let i = 0; i < count; i += 1) await add(hub, i);
  for (let i = 0; i < 1.2 * kept; i += 1) {
    await hub.publish("topic", event);
    await hub.sendTo("user", event);
  }
  return hub;
}

function hubWith(bounds: { maxEvents: number; maxEventsPerTopic: number }): Hub {
  return createHub({
    log: createMemoryLog({ ...bounds, maxBytes: 0 }),
    heartbeat: { interval: 0 },
    limits: { connections: 0 },
  });
}

/** A transport that accepts everything, of a client that never leaves by itself. */
class IdleSink implements EventSink {
  readonly room = 65_536;
  readonly closed: Promise<void>;
  #leave: () => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  write(): void {}

  async drain(): Promise<void> {}

  close(): void {
    this.#leave();
  }

  destroy(): void {
    this.#leave();
  }
}
