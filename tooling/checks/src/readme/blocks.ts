/** A fenced block that the checks act on. */
export type Block =
  /** A complete program. Every one is compiled; with `run` it is also started. */
  | { kind: "program"; language: ProgramLanguage; run: boolean; text: string; line: number }
  /** Commands with their output, in the section of the program that they talk to. */
  | { kind: "commands"; text: string; line: number }
  /** The output of the program before it. */
  | { kind: "output"; text: string; line: number };

export type ProgramLanguage = "js" | "cjs" | "ts";

/** The blocks between two headings. Programs run until their section ends. */
export interface Section {
  title: string;
  blocks: Block[];
}

const FENCE = /^```(?<info>.*)$/;
const HEADING = /^#+\s+(?<title>.*)$/;
const LANGUAGES: Record<string, ProgramLanguage> = {
  js: "js",
  javascript: "js",
  cjs: "cjs",
  ts: "ts",
  typescript: "ts",
};

/**
 * Splits a Markdown text into sections with the blocks whose info string asks for a check: `ts
 * check`, `js run`, `console run`, `text output`. Skips every other block, and throws for a program
 * whose info string asks for none.
 */
export function sectionsOf(markdown: string): Section[] {
  let section: Section = { title: "", blocks: [] };
  const sections = [section];
  const lines = markdown.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const heading = HEADING.exec(line)?.groups?.title;
    const info = FENCE.exec(line)?.groups?.info;
    if (heading !== undefined) {
      section = { title: heading, blocks: [] };
      sections.push(section);
    }
    if (info === undefined) continue;
    const first = index + 1;
    index = lines.indexOf("```", first);
    if (index < 0) throw new Error(`line ${first}: the block has no end`);
    const block = blockOf(info.trim(), lines.slice(first, index).join("\n"), first + 1);
    if (block !== undefined) section.blocks.push(block);
  }
  return sections;
}

function blockOf(info: string, text: string, line: number): Block | undefined {
  const [word = "", intent = ""] = info.split(/\s+/);
  if (word === "console" && intent === "run") return { kind: "commands", text, line };
  if (word === "text" && intent === "output") return { kind: "output", text, line };
  const language = LANGUAGES[word];
  if (language === undefined) return undefined;
  if (intent !== "run" && intent !== "check") {
    throw new Error(
      `line ${line - 1}: a program is marked "${word} check" (compiled) or "${word} run" (also started)`,
    );
  }
  return { kind: "program", language, run: intent === "run", text, line };
}
