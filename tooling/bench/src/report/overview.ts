import { type ContenderName, titleOf } from "../contenders/index.js";
import type { Row, Summary } from "../summary.js";
import { numberText } from "./text.js";

/** One figure of the overview: where it stands, and what it says to a user. */
interface Line {
  title: string;
  scenario: string;
  /** The beginning of the case's name. */
  case: string;
  metric: string;
}

const lines: readonly Line[] = [
  {
    title: "Broadcast: one event to 1,000 clients, CPU for each",
    scenario: "fan-out",
    case: "1,000 connections, 1 × 100 B a tick",
    metric: "cpu",
  },
  {
    title: "Room: one event to the 10 of 1,000 clients in it, CPU for each",
    scenario: "personal",
    case: "a room of 10,",
    metric: "cpu",
  },
  {
    title: "Personal: one event to one of 1,000 users, CPU",
    scenario: "personal",
    case: "one of",
    metric: "cpu",
  },
  {
    title: "Run: one token to the reader of one of 1,000 runs, CPU",
    scenario: "runs",
    case: "1,000 runs",
    metric: "cpu",
  },
  { title: "Connect and leave, CPU", scenario: "churn", case: "", metric: "cpu" },
  { title: "Memory of an idle connection", scenario: "idle-memory", case: "", metric: "rss" },
  {
    title: "Catch-up: 100 missed events for each of many clients, CPU a client, connecting included",
    scenario: "catch-up-storm",
    case: "",
    metric: "cpu",
  },
];

const peers: readonly ContenderName[] = ["better-sse", "fastify-sse", "hono", "resumable-stream"];
const floors: readonly ContenderName[] = ["bare-write", "raw-frames"];

/** The columns of the overview. */
export const overviewHead: readonly string[] = [
  "",
  "this project",
  "best peer",
  "floor in Node",
  "÷ peer",
  "÷ floor",
];

/**
 * The table that a user reads in a minute: for each use our figure, that of the best peer and that
 * of the least that Node can do. Uses that the run has not measured are left out.
 */
export function overview(summaries: readonly Summary[]): string[][] {
  return lines.flatMap((line) => {
    const summary = summaries.find(({ scenario }) => scenario === line.scenario);
    const rows = summary?.rows.filter((row) => row.case.startsWith(line.case)) ?? [];
    // Cases with the same beginning follow the one that is meant.
    const own = rows.filter((row) => row.case === rows[0]!.case);
    return summary === undefined || own.length === 0 ? [] : [cellsOf(line, summary, own)];
  });
}

function cellsOf({ title, metric }: Line, { metrics }: Summary, rows: readonly Row[]): string[] {
  const { unit, digits } = metrics[metric]!;
  const best = (names: readonly string[]) => lowest(rows, names, metric);
  const [ours, peer, floor] = [best(["sse"]), best(peers), best(floors)];
  const shown = (found: Found | undefined, name = true): string =>
    found === undefined
      ? "-"
      : `${numberText(found.value, digits)} ${unit}${name ? ` (${titleOf(found.name)})` : ""}`;
  const ratio = (other: Found | undefined): string =>
    ours === undefined || other === undefined ? "-" : (ours.value / other.value).toFixed(2);
  return [title, shown(ours, false), shown(peer), shown(floor), ratio(peer), ratio(floor)];
}

interface Found {
  name: string;
  value: number;
}

function lowest(rows: readonly Row[], names: readonly string[], metric: string): Found | undefined {
  return rows
    .filter(({ contender }) => names.includes(contender))
    .map(({ contender, figures }) => ({ name: contender, value: figures[metric]!.median }))
    .sort((a, b) => a.value - b.value)[0];
}
