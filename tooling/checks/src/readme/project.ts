import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "../commands.js";
import type { Block, ProgramLanguage, Section } from "./blocks.js";

type Program = Extract<Block, { kind: "program" }>;

/**
 * The programs of one README in a folder outside the repository, compiled against the builds of the
 * packages.
 */
export interface ReadmeProject {
  path: string;
  /** Errors of the compiler, with the lines of the README. */
  errors: string[];
  /** The JavaScript of a program, as a user would run it. */
  javascript(program: Program): Promise<string>;
  remove(): Promise<void>;
}

const EXTENSIONS: Record<ProgramLanguage, { source: string; output: string }> = {
  js: { source: "mjs", output: "mjs" },
  cjs: { source: "cjs", output: "cjs" },
  ts: { source: "mts", output: "mjs" },
};

/** Writes every program of a README into a file of its own and compiles all of them. */
export async function createReadmeProject(sections: readonly Section[]): Promise<ReadmeProject> {
  const path = await mkdtemp(join(tmpdir(), "sse-readme-"));
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  await symlink(modules, join(path, "node_modules"), "junction");
  for (const program of sections.flatMap(({ blocks }) => blocks).filter(isProgram)) {
    const padding = "\n".repeat(program.line - 1); // the compiler then counts as the README does
    await writeFile(join(path, fileOf(program, "source")), `${padding}${program.text}\n`);
  }
  return {
    path,
    errors: [...(await compile(path, "ts", ["mts"])), ...(await compile(path, "js", ["mjs", "cjs"]))],
    javascript: (program) => readFile(join(path, "out", fileOf(program, "output")), "utf8"),
    remove: () => rm(path, { recursive: true }),
  };
}

/** Runs the compiler over the files of one language and returns its errors. */
async function compile(path: string, language: "js" | "ts", extensions: string[]): Promise<string[]> {
  await writeFile(join(path, `empty.${extensions[0]}`), "export {};\n"); // a compiler without input complains
  const config = `tsconfig.${language}.json`;
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2023", "DOM"],
    module: "NodeNext",
    types: ["node"],
    strict: language === "ts", // JavaScript cannot say the type of a parameter, or that something is not null
    exactOptionalPropertyTypes: language === "ts",
    skipLibCheck: true,
    experimentalDecorators: true, // of NestJS
    allowJs: true,
    checkJs: true,
    outDir: "out",
  };
  const include = extensions.map((extension) => `*.${extension}`);
  await writeFile(join(path, config), JSON.stringify({ compilerOptions, include }));
  try {
    await runTool("typescript/bin/tsc", ["-p", config, "--pretty", "false"], path);
    return [];
  } catch (error) {
    const lines = String(error).split("\n");
    return lines.filter((line) => line.includes("error TS"));
  }
}

/** Whether a block is a program. */
export function isProgram(block: Block): block is Program {
  return block.kind === "program";
}

/** The file of a program, named after its line in the README: `README.41.mts`. */
export function fileOf({ language, line }: Program, which: "source" | "output"): string {
  return `README.${line}.${EXTENSIONS[language][which]}`;
}
