import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./commands.js";

const aliases = "../tooling/checks/node_modules";
/**
 * The compilers that published declarations must compile with, relative to the root's
 * `node_modules`.
 */
export const typescripts: Record<string, string> = {
  "5.7": `${aliases}/typescript-5.7`,
  "5.9": `${aliases}/typescript-5.9`,
  "6.0": `${aliases}/typescript-6`,
  "7.0": "typescript",
};

/** Surroundings of a user's program that decide which global types exist. */
export interface Surroundings {
  lib: string[];
  types: string[];
}

/** A server without the types of a browser, and a browser without the types of Node. */
export const surroundings: Record<"server" | "browser", Surroundings> = {
  server: { lib: ["ES2023"], types: ["node"] },
  browser: { lib: ["ES2023", "DOM", "DOM.AsyncIterable"], types: [] },
};

/** Options of {@link declarationErrors}. */
export interface CheckOptions extends Surroundings {
  /** A version from {@link typescripts}. */
  typescript: string;
  exactOptionalPropertyTypes: boolean;
  /** Names of the files to compile, relative to the project. */
  files: readonly string[];
}

/**
 * Compiles files of a project with the declarations that they import, and returns the errors in the
 * files themselves and in packages of this repository. Declarations of other packages may be wrong.
 */
export async function declarationErrors(path: string, options: CheckOptions): Promise<string[]> {
  const { typescript, files, ...compilerOptions } = options;
  const config = `tsconfig.${typescript}.${files.join(".")}.${options.exactOptionalPropertyTypes}.json`;
  const strict = { module: "NodeNext", target: "ES2022", strict: true, noEmit: true, skipLibCheck: false };
  await writeFile(
    join(path, config),
    JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files }),
  );
  const tsc = `${typescripts[typescript]}/bin/tsc`;
  try {
    await runTool(tsc, ["-p", config, "--pretty", "false"], path);
    return [];
  } catch (error) {
    if (!String(error).includes("error TS")) throw error;
    return String(error).split("\n").filter(isOwnError);
  }
}

/**
 * Whether a line of the compiler's output is an error in a package of ours, or in the project
 * itself.
 */
function isOwnError(line: string): boolean {
  return (
    /: error TS|^error TS/.test(line) &&
    (line.includes("node_modules/@sse/") || !line.includes("node_modules/"))
  );
}
