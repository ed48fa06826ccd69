import { titleOf } from "../contenders/index.js";
import type { Figure, Row, Summary } from "../summary.js";

/**
 * A summary as a table for a terminal; the ratio is that of the first figure to the first row of
 * the case.
 */
export function textTable(summary: Summary): string {
  const cases = [...new Set(summary.rows.map((row) => row.case))];
  const blocks = cases.map((name) => block(summary, name));
  const notes = summary.notes.map((note) => `  note: ${note}`);
  return [`\n${summary.title}`, ...blocks, ...notes].join("\n");
}

function block(summary: Summary, name: string): string {
  const rows = summary.rows.filter((row) => row.case === name);
  return [`  ${name}`, ...lines(cells(summary, rows)).map((line) => `    ${line}`)].join("\n");
}

/** The cells of a table: a head, and a line for each row. */
export function cells(
  { metrics, contest }: Pick<Summary, "metrics" | "contest">,
  rows: readonly Row[],
): string[][] {
  const names = Object.keys(metrics);
  const first = names[0]!;
  const head = ["", ...names.map((name) => withUnit(metrics[name]!)), ...(contest ? ["ratio"] : [])];
  return [
    head,
    ...rows.map((row) => [
      titleOf(row.contender),
      ...names.map((name) => figureText(row.figures[name], metrics[name]!.digits)),
      ...(contest ? [ratio(row.figures[first], rows[0]!.figures[first])] : []),
    ]),
  ];
}

function withUnit({ title, unit }: { title: string; unit: string }): string {
  return unit === "" ? title : `${title} (${unit})`;
}

/** The median, and the spread where there is one. */
function figureText(figure: Figure | undefined, digits: number): string {
  if (figure === undefined || Number.isNaN(figure.median)) return "-";
  const { median, min, max, rounds } = figure;
  const spread = rounds > 1 ? ` [${numberText(min, digits)}…${numberText(max, digits)}]` : "";
  return numberText(median, digits) + spread;
}

/** For people: with separators. */
export function numberText(value: number, digits: number): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function ratio(figure: Figure | undefined, base: Figure | undefined): string {
  if (figure === undefined || base === undefined) return "-";
  return `${(figure.median / base.median).toFixed(2)} ×`;
}

/** Returns the lines of a table with columns of even width. */
export function lines(table: readonly string[][]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
}
