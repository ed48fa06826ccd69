import { type Bench, bySize, type Scenario } from "../bench.js";
import type { ContenderName } from "../contenders/index.js";
import type { Publishing } from "../server/publisher.js";
import { type Delivery, type Session, withSession } from "../session.js";

/** Cases that share their connections. */
interface Group {
  clients: number;
  /** Topics that the clients share evenly. */
  topics: number;
  cases: Case[];
}

interface Case {
  eventsPerTick: number;
  bytes: number;
  /** As fast as the contender can, instead of at {@link rate}. */
  saturated?: boolean;
}

/** Deliveries a second that all contenders sustain on the reference machine with a margin. */
const rate = 15_000;
/** Ticks under way at saturation: enough that the server never waits for the clients' answers. */
const window = 4;

const full: Group[] = [
  {
    clients: 100,
    topics: 1,
    cases: [
      { eventsPerTick: 1, bytes: 100 },
      { eventsPerTick: 100, bytes: 100 },
    ],
  },
  {
    clients: 1_000,
    topics: 1,
    cases: [
      { eventsPerTick: 1, bytes: 100 },
      { eventsPerTick: 10, bytes: 100 },
      { eventsPerTick: 1, bytes: 4_096 },
      { eventsPerTick: 1, bytes: 100, saturated: true },
      { eventsPerTick: 10, bytes: 100, saturated: true },
    ],
  },
  { clients: 1_000, topics: 100, cases: [{ eventsPerTick: 1, bytes: 100 }] },
  {
    clients: 10_000,
    topics: 1,
    cases: [
      { eventsPerTick: 1, bytes: 100 },
      { eventsPerTick: 10, bytes: 100 },
    ],
  },
];

const quick: Group[] = [
  {
    clients: 1_000,
    topics: 1,
    cases: [
      { eventsPerTick: 1, bytes: 100 },
      { eventsPerTick: 10, bytes: 100 },
    ],
  },
];

const smoke: Group[] = [
  {
    clients: 6,
    topics: 3,
    cases: [
      { eventsPerTick: 1, bytes: 100 },
      { eventsPerTick: 10, bytes: 4_096, saturated: true },
    ],
  },
];

/** One event for many: the server's CPU time for each delivered event. */
export const fanOut: Scenario = {
  name: "fan-out",
  title: "Fan-out: one event for many",
  contest: true,
  metrics: {
    cpu: { title: "CPU/event", unit: "µs", digits: 2 },
    writes: { title: "writes/event", unit: "", digits: 2 },
    rate: { title: "delivered", unit: "1/s", digits: 0, more: true },
    rss: { title: "RSS", unit: "MB", digits: 0 },
  },
  async run(bench) {
    const rounds = bySize(bench.size, { full: 3, quick: 2, smoke: 1 });
    for (let round = 0; round < rounds; round += 1)
      for (const group of bySize(bench.size, { full, quick, smoke }))
        for (const contender of bench.contenders()) await runGroup(bench, contender, group);
  },
};

async function runGroup(
  bench: Bench,
  contender: ContenderName,
  { clients, topics, cases }: Group,
): Promise<void> {
  await withSession(bench, contender, { clients, topics }, async (session) => {
    await warmUp(bench, session);
    for (const each of cases) {
      const name = describe(clients, topics, each);
      const delivery = await session.deliver({ ...each, ...pacing(bench, session, each) });
      bench.report({ case: name, contender, figures: figures(delivery) });
      check(bench, `${name}, ${contender}`, each, delivery);
    }
  });
}

/** Until the runtime has compiled what is measured. */
async function warmUp(bench: Bench, session: Session): Promise<void> {
  const deliveries = bySize(bench.size, { full: 100_000, quick: 20_000, smoke: 0 });
  const ticks = Math.ceil(deliveries / deliveriesPerTick(session, 1));
  if (ticks > 0) await session.deliver({ ticks, eventsPerTick: 1, bytes: 100, pace: { window } });
}

function describe(clients: number, topics: number, { eventsPerTick, bytes, saturated }: Case): string {
  const many = topics > 1 ? ` in ${topics} topics` : "";
  return `${clients.toLocaleString("en")} connections${many}, ${eventsPerTick} × ${bytes} B a tick${saturated ? ", saturated" : ""}`;
}

function pacing(
  bench: Bench,
  session: Session,
  { eventsPerTick, saturated }: Case,
): Pick<Publishing, "ticks" | "pace"> {
  const each = deliveriesPerTick(session, eventsPerTick);
  const many = saturated || eventsPerTick > 1;
  const deliveries = bySize(bench.size, { full: many ? 60_000 : 20_000, quick: 20_000, smoke: 0 });
  const ticks = Math.max(2, Math.ceil(deliveries / each));
  return { ticks, pace: saturated ? { window } : { interval: (1_000 * each) / rate } };
}

function deliveriesPerTick({ clients, topics }: Session, eventsPerTick: number): number {
  return (clients / topics.length) * eventsPerTick;
}

function figures({ before, after, arrived }: Delivery): Record<string, number> {
  const perDelivery = (amount: number): number => amount / arrived.deliveries;
  return {
    cpu: perDelivery(after.cpu - before.cpu),
    writes: perDelivery((after.writes ?? Number.NaN) - (before.writes ?? Number.NaN)),
    rate: (1_000 * arrived.deliveries) / arrived.duration,
    rss: after.rss / 1e6,
  };
}

/** Says where a figure is not what it seems. */
function check(bench: Bench, name: string, { saturated }: Case, { arrived, published }: Delivery): void {
  const busy = arrived.cpu / (1_000 * arrived.duration);
  if (busy > 0.9) bench.note(`${name}: the load process was the bottleneck`);
  if (!saturated && published.late > 200) bench.note(`${name}: did not sustain the rate`);
}
