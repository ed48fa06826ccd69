import type { Summary } from "../summary.js";

const width = 760;
const labels = 230;
const bar = 18;
const gap = 6;
const titleHeight = 40;
const caseHeight = 30;
/** Room for a bar's figure. */
const figureWidth = 110;

/** Bars of the first figure of each contest: one group for each case, the spread of its rounds as a line. */
export function svg(summaries: readonly Summary[]): string {
  let y = 10;
  const parts: string[] = [];
  for (const summary of summaries.filter(({ contest }) => contest)) {
    const drawn = chart(summary, y);
    parts.push(...drawn.parts);
    y = drawn.end;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function chart(summary: Summary, top: number): { parts: string[]; end: number } {
  const [name, metric] = Object.entries(summary.metrics)[0]!;
  const parts = [
    text(10, top + 22, `${summary.title}: ${metric.title} (${metric.unit})`, `font-weight="bold"`),
  ];
  let y = top + titleHeight;
  for (const each of new Set(summary.rows.map((row) => row.case))) {
    const rows = summary.rows.filter((row) => row.case === each);
    const largest = Math.max(...rows.map((row) => row.figures[name]!.max));
    const scale = (value: number): number => (value / largest) * (width - labels - figureWidth);
    parts.push(text(10, y + 16, each, `fill="#555"`));
    y += caseHeight;
    for (const { contender, figures } of rows) {
      const { median, min, max } = figures[name]!;
      const middle = y + bar / 2;
      parts.push(
        text(labels - 8, y + 14, contender, `text-anchor="end"`),
        `<rect x="${labels}" y="${y}" width="${scale(median).toFixed(1)}" height="${bar}" fill="${contender.startsWith("sse") || contender.startsWith("@sse") ? "#2563eb" : "#b6c2d1"}"/>`,
        `<line x1="${(labels + scale(min)).toFixed(1)}" x2="${(labels + scale(max)).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#111"/>`,
        text(labels + scale(max) + 6, y + 14, median.toFixed(metric.digits), ""),
      );
      y += bar + gap;
    }
  }
  return { parts, end: y + 20 };
}

function text(x: number, y: number, content: string, attributes: string): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${safe}</text>`;
}
