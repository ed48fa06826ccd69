import { bySize, type Scenario } from "../bench.js";
import type { ContenderName } from "../contenders/index.js";
import { deliveryMetrics, type Group, runGroups } from "./deliveries.js";

const able: readonly ContenderName[] = ["sse", "hono", "resumable-stream", "bare-write", "raw-frames"];

/** Bytes of a token, as JSON. */
const bytes = 30;
const tokensPerSecond = 50;

const groups: Group[] = [group(1_000, { rate: 1_000 * tokensPerSecond }), group(10_000, { saturated: true })];
const smoke: Group[] = [group(4, { saturated: true })];

function group(runs: number, pace: { rate: number } | { saturated: true }): Group {
  const title = `${runs.toLocaleString("en")} runs${"rate" in pace ? ` at ${tokensPerSecond} tokens/s` : ""}`;
  return { title, clients: runs, topics: runs, run: true, cases: [{ eventsPerTick: 1, bytes, ...pace }] };
}

/** The tokens of many answers at once, each with one reader: the server's CPU time per token. */
export const runs: Scenario = {
  name: "runs",
  title: "Runs: tokens of many answers at once, each read by one client",
  contest: true,
  metrics: deliveryMetrics,
  async run(bench) {
    const rounds = bySize(bench.size, { full: 5, quick: 2, smoke: 1 });
    bench.note("Each token is published in a turn of its own. Hono and the bare servers keep nothing.");
    await runGroups(bench, bySize(bench.size, { full: groups, quick: groups, smoke }), rounds, able);
  },
};
