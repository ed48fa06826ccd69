import { type Bench, bySize, type Scenario } from "../bench.js";
import { sleep } from "../clock.js";
import type { ContenderName } from "../contenders/index.js";
import { withSession } from "../session.js";

interface Sizes {
  clients: number;
  /** Ticks until a stalled client's socket is full. */
  filling: number;
  ticks: number;
}

/** Every tenth client. */
const every = 10;

/**
 * Measures the effect of clients that stop reading on the others: three equal rounds, the second
 * with stalled clients.
 */
export const slowReaders: Scenario = {
  name: "slow-readers",
  title: "Slow readers: what the others notice when a tenth of the clients stops reading",
  contest: true,
  metrics: {
    p99: { title: "others' p99", unit: "ms", digits: 1 },
    p50: { title: "others' p50", unit: "ms", digits: 1 },
    rss: { title: "RSS", unit: "MB", digits: 0 },
  },
  async run(bench) {
    const { rounds, ...sizes } = bySize(bench.size, {
      full: { rounds: 3, clients: 1_000, filling: 80, ticks: 60 },
      quick: { rounds: 1, clients: 500, filling: 40, ticks: 20 },
      smoke: { rounds: 1, clients: 10, filling: 2, ticks: 2 },
    });
    for (let round = 0; round < rounds; round += 1)
      for (const contender of bench.contenders(["sse", "better-sse", "bare-write"])) {
        await measure(bench, contender, sizes, { name: "none stalled, before", stalled: false });
        await measure(bench, contender, sizes, { name: "10 % stalled", stalled: true });
        await measure(bench, contender, sizes, { name: "none stalled, after", stalled: false });
      }
  },
};

async function measure(
  bench: Bench,
  contender: ContenderName,
  { clients, filling, ticks }: Sizes,
  { name, stalled }: { name: string; stalled: boolean },
): Promise<void> {
  await withSession(bench, contender, { clients }, async (session) => {
    if (stalled) await session.stall(every);
    // Bytes enough to fill what the system buffers for a socket.
    await session.deliver({ ticks: filling, eventsPerTick: 1, bytes: 16_384, pace: { interval: 40 } });
    await sleep(bySize(bench.size, { full: 200, quick: 100, smoke: 0 }));
    const publishing = { ticks, eventsPerTick: 1, bytes: 1_024, pace: { interval: 50 } };
    const { published, after } = await session.deliver(publishing, { remember: true });
    const { each } = await session.load.call("latencies", published.times);
    bench.report({ case: name, contender, figures: { p99: each.p99, p50: each.p50, rss: after.rss / 1e6 } });
  });
}
