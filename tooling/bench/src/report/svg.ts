import type { Metric } from "../bench.js";
import { titleOf } from "../contenders/index.js";
import { isLog } from "../logs.js";
import type { Row, Summary } from "../summary.js";
import { numberText } from "./text.js";

const width = 760;
const labels = 230;
const bar = 18;
const gap = 6;
const titleHeight = 46;
const caseHeight = 30;
/** Room for a bar's figure. */
const figureWidth = 110;

/**
 * Bars of the first figure of each contest: one group for each case, the spread of its rounds as a
 * line.
 */
export function svg(summaries: readonly Summary[]): string {
  let y = 10;
  const parts: string[] = [];
  for (const summary of summaries.filter(({ contest, rows }) => contest && rows.length > 0)) {
    const drawn = chart(summary, y);
    parts.push(...drawn.parts);
    y = drawn.end;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" font-family="system-ui, sans-serif" font-size="13">`,
    "<title>Benchmarks beside peers</title>",
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

interface Drawn {
  parts: string[];
  /** Start of the next one. */
  end: number;
}

function chart(summary: Summary, top: number): Drawn {
  const [name, metric] = Object.entries(summary.metrics)[0]!;
  const parts = [
    text(10, top + 22, summary.title, `font-weight="bold"`),
    text(10, top + 40, heading(metric), `fill="#555"`),
  ];
  let y = top + titleHeight;
  for (const each of new Set(summary.rows.map((row) => row.case))) {
    const rows = summary.rows.filter((row) => row.case === each);
    const drawn = bars(rows, name, metric, y + caseHeight);
    parts.push(text(10, y + 18, each, ""), ...drawn.parts);
    y = drawn.end;
  }
  return { parts, end: y + 20 };
}

function heading({ title, unit, more }: Metric): string {
  return [title, ...(unit === "" ? [] : [unit]), more ? "more is better" : "less is better"].join(", ");
}

function bars(rows: readonly Row[], figure: string, { digits }: Metric, top: number): Drawn {
  const largest = Math.max(...rows.map(({ figures }) => figures[figure]!.max));
  const scale = (value: number): number => (Math.max(0, value) / largest) * (width - labels - figureWidth);
  const parts = rows.flatMap(({ contender, figures }, index) => {
    const y = top + index * (bar + gap);
    const middle = y + bar / 2;
    const { median, min, max } = figures[figure]!;
    return [
      text(labels - 8, y + 14, titleOf(contender), `text-anchor="end"`),
      `<rect x="${labels}" y="${y}" width="${scale(median).toFixed(1)}" height="${bar}" fill="${color(contender)}"/>`,
      `<line x1="${(labels + scale(min)).toFixed(1)}" x2="${(labels + scale(max)).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#111"/>`,
      text(labels + scale(max) + 6, y + 14, numberText(median, digits), ""),
    ];
  });
  return { parts, end: top + rows.length * (bar + gap) };
}

/** Returns the color of a bar: peers are gray. */
function color(contender: string): string {
  const ours = contender === "sse" || contender.startsWith("@sse/") || isLog(contender);
  return ours ? "#2563eb" : "#b6c2d1";
}

function text(x: number, y: number, content: string, attributes: string): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${safe}</text>`;
}
