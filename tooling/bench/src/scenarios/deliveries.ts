import { type Bench, bySize, type Scenario } from "../bench.js";
import type { ContenderName } from "../contenders/index.js";
import type { Publishing } from "../server/publisher.js";
import { type Delivery, type Session, withSession } from "../session.js";

/** Cases that share their connections. */
export interface Group {
  /** Name in tables. Default: the numbers of clients and topics. */
  title?: string;
  clients: number;
  /** Topics that the clients share evenly. */
  topics: number;
  /** Whether each topic is a user with one stream. Default false. */
  personal?: boolean;
  /** Whether each topic is a run. Default false. */
  run?: boolean;
  cases: Case[];
}

interface Case {
  eventsPerTick: number;
  bytes: number;
  /** Deliveries a second. Default {@link sustained}. */
  rate?: number;
  /** As fast as the contender can, instead of at a rate. */
  saturated?: boolean;
}

/** Deliveries a second that all contenders sustain on the reference machine with a margin. */
const sustained = 15_000;

/** The figures of a delivery, each for one event at one client. */
export const deliveryMetrics = {
  cpu: { title: "CPU/event", unit: "µs", digits: 2 },
  writes: { title: "writes/event", unit: "", digits: 2 },
  rate: { title: "delivered", unit: "1/s", digits: 0, more: true },
  rss: { title: "RSS", unit: "MB", digits: 0 },
} satisfies Scenario["metrics"];

/** Measures the groups with each contender in turn, round by round. */
export async function runGroups(
  bench: Bench,
  groups: readonly Group[],
  rounds: number,
  able?: readonly ContenderName[],
): Promise<void> {
  for (let round = 0; round < rounds; round += 1)
    for (const group of groups)
      for (const contender of bench.contenders(able)) await runGroup(bench, contender, group);
}

async function runGroup(bench: Bench, contender: ContenderName, group: Group): Promise<void> {
  const { clients, topics, personal = false, run = false, cases } = group;
  await withSession(bench, contender, { clients, topics, personal, run }, async (session) => {
    await warmUp(bench, session);
    for (const each of cases) {
      const name = describe(group, each);
      const delivery = await session.deliver({ ...each, ...pacing(bench, session, each) });
      bench.report({ case: name, contender, figures: figures(delivery) });
      check(bench, `${name}, ${contender}`, each, delivery);
    }
  });
}

/** Until the runtime has compiled what is measured. */
async function warmUp(bench: Bench, session: Session): Promise<void> {
  const deliveries = bySize(bench.size, { full: 300_000, quick: 150_000, smoke: 0 });
  const each = deliveriesPerTick(session, 1);
  const ticks = Math.ceil(deliveries / each);
  if (ticks > 0) await session.deliver({ ticks, eventsPerTick: 1, bytes: 100, pace: windowOf(each) });
}

function describe(
  { clients, topics, title }: Group,
  { eventsPerTick, bytes, saturated = false }: Case,
): string {
  const many = topics > 1 ? ` in ${topics.toLocaleString("en")} topics` : "";
  const receivers = title ?? `${clients.toLocaleString("en")} connections${many}`;
  return `${receivers}, ${eventsPerTick} × ${bytes} B a tick${saturated ? ", saturated" : ""}`;
}

function pacing(
  bench: Bench,
  session: Session,
  { eventsPerTick, saturated, rate = sustained }: Case,
): Pick<Publishing, "ticks" | "pace"> {
  const each = deliveriesPerTick(session, eventsPerTick);
  const many = saturated || eventsPerTick > 1;
  const deliveries = bySize(bench.size, { full: many ? 60_000 : 20_000, quick: 20_000, smoke: 0 });
  const ticks = Math.max(2, Math.ceil(deliveries / each));
  return { ticks, pace: saturated ? windowOf(each) : { interval: (1_000 * each) / rate } };
}

/** Enough ticks under way that the server never waits for the reports of the clients. */
function windowOf(deliveries: number): { window: number } {
  return { window: Math.max(4, Math.ceil(1_000 / deliveries)) };
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
