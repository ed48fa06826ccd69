import { readFileSync, writeFileSync } from "node:fs";
import { type Circumstances, describe } from "../machine.js";
import type { Summary } from "../summary.js";
import { overview, overviewHead } from "./overview.js";
import { cells } from "./text.js";

const begin = "<!-- bench: begin (written by `pnpm bench --markdown`) -->";
const end = "<!-- bench: end -->";

/** Writes the tables between the markers of a page. @throws {Error} for a page without markers. */
export function writeMarkdown(file: string, summaries: readonly Summary[], run: Circumstances): void {
  writeFileSync(file, placed(readFileSync(file, "utf8"), markdown(summaries, run)));
}

/** The page, with the tables instead of what its markers enclose. */
export function placed(page: string, tables: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page needs the lines ${begin} and ${end}.`);
  return `${page.slice(0, from)}${begin}\n\n${tables}\n\n${page.slice(to)}`;
}

/** The tables of a run, with its circumstances above. */
function markdown(summaries: readonly Summary[], run: Circumstances): string {
  const head = describe(run).map((line) => `- ${line}`);
  return [head.join("\n"), ...overviewSection(summaries), ...summaries.map(section)].join("\n\n");
}

function overviewSection(summaries: readonly Summary[]): string[] {
  const rows = overview(summaries);
  return rows.length === 0 ? [] : ["### In a minute", markdownTable([overviewHead, ...rows])];
}

function section(summary: Summary): string {
  const cases = [...new Set(summary.rows.map((row) => row.case))];
  const tables = cases.map((name) => table(summary, name));
  const notes = summary.notes.map((note) => `- ${note}`).join("\n");
  return [`### ${summary.title}`, ...tables, ...(notes === "" ? [] : [notes])].join("\n\n");
}

function table(summary: Summary, name: string): string {
  const [head, ...rows] = cells(
    summary,
    summary.rows.filter((row) => row.case === name),
  );
  return markdownTable([[name, ...head!.slice(1)], ...rows]);
}

/** The first row is the head. */
function markdownTable([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (each: readonly string[]): string => `| ${each.join(" | ")} |`;
  const rule = head!.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head!), line(rule), ...rows.map(line)].join("\n");
}
