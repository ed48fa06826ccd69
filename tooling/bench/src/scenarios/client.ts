import { type Bench, bySize, type Scenario } from "../bench.js";
import { type LibraryName, libraryNames, type Reading, readings } from "../client/libraries.js";
import { withSession } from "../session.js";

const timeout = 30_000;
const eventsPerTick = 100;

/** A client that reads many events: the CPU time of its process for each. */
export const client: Scenario = {
  name: "client",
  title: "Client: one stream of many events",
  contest: true,
  metrics: {
    cpu: { title: "CPU/event", unit: "µs", digits: 2 },
    rate: { title: "received", unit: "1/s", digits: 0, more: true },
  },
  async run(bench) {
    const { rounds, ticks } = bySize(bench.size, {
      full: { rounds: 3, ticks: 1_000 },
      quick: { rounds: 2, ticks: 1_000 },
      smoke: { rounds: 1, ticks: 2 },
    });
    for (let round = 0; round < rounds; round += 1)
      for (const reading of readings)
        for (const name of libraryNames) await measure(bench, { name, reading, ticks });
  },
};

interface Measured {
  name: LibraryName;
  reading: Reading;
  ticks: number;
}

async function measure(bench: Bench, { name, reading, ticks }: Measured): Promise<void> {
  await withSession(bench, "raw-frames", { clients: 0 }, async ({ server, topics }) => {
    const peer = bench.processes.client();
    await peer.call("connect", { name, reading, url: `http://127.0.0.1:${server.port}/${topics[0]}` });
    const stream = async (count: number) => {
      await peer.call("count", null);
      const pace = { interval: 0 };
      await server.call("publish", { topics, ticks: count, eventsPerTick, bytes: 100, pace });
      return peer.call("received", { events: count * eventsPerTick, timeout });
    };
    // Until the runtime has compiled what is measured.
    await stream(ticks);
    const { events, cpu, duration } = await stream(ticks);
    await peer.end();
    if (events !== ticks * eventsPerTick) throw new Error(`${name}: ${events} events arrived`);
    const figures = { cpu: cpu / events, rate: (1_000 * events) / duration };
    const title = `${(ticks * eventsPerTick).toLocaleString("en")} × 100 B, ${reading}`;
    bench.report({ case: title, contender: name, figures });
  });
}
