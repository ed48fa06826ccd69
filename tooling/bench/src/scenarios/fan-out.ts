import { bySize, type Scenario } from "../bench.js";
import { deliveryMetrics, type Group, runGroups } from "./deliveries.js";

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
  { clients: 1_000, topics: 100, cases: [{ eventsPerTick: 1, bytes: 100 }] },
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
  metrics: deliveryMetrics,
  async run(bench) {
    const rounds = bySize(bench.size, { full: 3, quick: 2, smoke: 1 });
    await runGroups(bench, bySize(bench.size, { full, quick, smoke }), rounds);
  },
};
