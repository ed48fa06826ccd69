import type { Cell } from "./cells.js";
import { checks } from "./drive.js";
import type { RecipeRun } from "./recipe-run.js";
import type { Row } from "./rows.js";
import type { Runtime } from "./runtimes.js";

/** The results of one runtime. */
export interface Column {
  readonly runtime: Runtime;
  readonly cells: ReadonlyMap<Row | undefined, Cell>;
}

/** Writes the matrix as Markdown: a table, and the reasons that its numbers refer to. */
export function tableOf(rows: readonly Row[], columns: readonly Column[]): string {
  const notes = new Map<string, number>();
  const heads = columns.map(({ runtime }) => `${runtime.name} (${runtime.version})`);
  const lines = [
    `| Tests | ${heads.join(" | ")} |`,
    `| --- |${" --- |".repeat(columns.length)}`,
    ...rows.map(
      (row) => `| ${row.name} | ${columns.map(({ cells }) => cellText(cells.get(row), notes)).join(" | ")} |`,
    ),
  ];
  const numbered = [...notes].map(([reason, number]) => `${number}. ${reason}.`);
  return [...lines, "", ...numbered, ""].join("\n");
}

/** Writes the results of the recipes as a Markdown table. */
export function recipeTableOf(runs: readonly RecipeRun[]): string {
  const lines = runs.map(({ recipe, runtime, failures }) => {
    const cells = checks.map((check) => (failures.has(check) ? "**failed**" : "✓"));
    return `| ${recipe.name} | ${runtime.name} (${runtime.version}) | ${cells.join(" | ")} |`;
  });
  const names = checks.map(({ name }) => name);
  const rule = `| --- | --- |${" --- |".repeat(checks.length)}`;
  return [`| Program | Runtime | ${names.join(" | ")} |`, rule, ...lines, ""].join("\n");
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
  const reasons = [...cell.reasons].filter(([reason]) => reason !== "");
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
