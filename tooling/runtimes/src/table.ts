import type { Cell } from "./cells.js";
import { checks } from "./drive.js";
import { recipes } from "./recipes.js";
import type { ProgramResult } from "./results.js";
import { type Row, rows } from "./rows.js";
import { runtimeNames } from "./runtimes.js";

/** The results of the tests on one runtime. */
export interface Column {
  /** Of the runtime. */
  readonly version: string;
  /** By the names of the rows. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/**
 * Writes the results of the tests as Markdown: a table, and the reasons that its numbers refer to.
 *
 * @param columns by the names of the runtimes.
 */
export function testTableOf(
  columns: Readonly<Record<string, Column>>,
  wanted: readonly Row[] = rows,
): string {
  const notes = new Map<string, number>();
  const present = runtimeNames.flatMap((name) => (columns[name] ? [{ name, ...columns[name] }] : []));
  const lines = [
    `| Tests | ${present.map(({ name, version }) => `${name} (${version})`).join(" | ")} |`,
    `| --- |${" --- |".repeat(present.length)}`,
    ...wanted.map(
      (row) =>
        `| ${row.name} | ${present.map(({ cells }) => cellText(cells[row.name], notes)).join(" | ")} |`,
    ),
  ];
  const numbered = [...notes].map(([reason, number]) => `${number}. ${reason}.`);
  return [...lines, "", ...numbered, ""].join("\n");
}

/** Writes the results of the programs as a Markdown table. */
export function programTableOf(programs: Readonly<Record<string, ProgramResult>>): string {
  const lines = recipes.flatMap(({ name, runtime }) => {
    const result = programs[`${name}, ${runtime}`];
    if (result === undefined) return [];
    const cells = checks.map((check) => (result.passed.includes(check.name) ? "✓" : ""));
    return `| ${name} | ${runtime} (${result.version}) | ${cells.join(" | ")} |`;
  });
  const names = checks.map(({ name }) => name);
  const rule = `| --- | --- |${" --- |".repeat(checks.length)}`;
  return [`| Program | Runtime | ${names.join(" | ")} |`, rule, ...lines, ""].join("\n");
}

/** Writes the results of the readers as a Markdown table. */
export function readerTableOf(versions: Readonly<Record<string, string>>): string {
  const present = runtimeNames.filter((name) => versions[name] !== undefined);
  const heads = present.map((name) => `${name} (${versions[name]})`);
  return [
    `| Reader | ${heads.join(" | ")} |`,
    `| --- |${" --- |".repeat(present.length)}`,
    `| \`createEventSource\`, \`EventSource\` |${" ✓ |".repeat(present.length)}`,
    "",
  ].join("\n");
}

/**
 * `118 of 121 ¹`: the tests that pass, of those that there are, and where the reasons for the
 * others are.
 */
function cellText(cell: Cell | undefined, notes: Map<string, number>): string {
  if (cell === undefined) return "";
  const { passed, failures } = cell;
  // A test without a reason is one that the runtime is no reason for: a program that it needs is
  // missing.
  const reasons = Object.entries(cell.reasons).filter(([reason]) => reason !== "");
  const others = reasons.reduce((sum, [, count]) => sum + count, failures.length);
  const marks = reasons.map(([reason]) => superscript(noteOf(reason, notes)));
  const failed = failures.length > 0 ? [`**${failures.length} failed**`] : [];
  const count = others === 0 ? `${passed}` : `${passed} of ${passed + others}`;
  return [count, marks.join(" "), ...failed].filter((part) => part !== "").join(" ");
}

function noteOf(reason: string, notes: Map<string, number>): number {
  const number = notes.get(reason) ?? notes.size + 1;
  notes.set(reason, number);
  return number;
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}

/** Replaces a table in a document; comments around it name it. */
export function replaceTable(document: string, name: string, table: string): string {
  const [start, end] = [`<!-- ${name}: written by pnpm matrix -->`, `<!-- end of ${name} -->`];
  const [before, rest] = document.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`the document has no ${start} … ${end}`);
  return `${before}${start}\n\n${table}\n${end}${after}`;
}
