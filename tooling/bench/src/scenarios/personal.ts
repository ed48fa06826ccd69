import { bySize, type Scenario } from "../bench.js";
import type { ContenderName } from "../contenders/index.js";
import { deliveryMetrics, type Group, runGroups } from "./deliveries.js";

const clients = 1_000;
/** The programs that are not Node have no users, and few topics. */
const able: readonly ContenderName[] = [
  "sse",
  "stream",
  "better-sse",
  "fastify-sse",
  "hono",
  "bare-write",
  "raw-frames",
];

const saturated = [{ eventsPerTick: 1, bytes: 100, saturated: true }];

const groups: Group[] = [
  { title: "one of 1,000 users", clients, topics: clients, personal: true, cases: saturated },
  { title: "a room of 10, of 100 rooms", clients, topics: 100, cases: saturated },
  { title: "a room of 100, of 10 rooms", clients, topics: 10, cases: saturated },
];

const smoke: Group[] = [
  { title: "one of 4 users", clients: 4, topics: 4, personal: true, cases: saturated },
  { title: "a room of 2, of 2 rooms", clients: 4, topics: 2, cases: saturated },
];

/** One event for few of many connections, in turn: the server's CPU time per delivered event. */
export const personal: Scenario = {
  name: "personal",
  title: "Personal: one event for one user, or for a room",
  contest: true,
  metrics: deliveryMetrics,
  async run(bench) {
    const rounds = bySize(bench.size, { full: 5, quick: 2, smoke: 1 });
    await runGroups(bench, bySize(bench.size, { full: groups, quick: groups, smoke }), rounds, able);
  },
};
