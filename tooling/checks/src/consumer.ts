import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runShell, runTool } from "./commands.js";
import { root } from "./workspace.js";

/** Contents of a {@link createConsumer} project. */
export interface ConsumerOptions {
  /** `npm install …` lines, which run in this order in the empty folder. */
  install: readonly string[];
  /**
   * A folder of programs, which are copied into the project and compiled there to the folder `out`.
   */
  programs?: string;
  /** Further programs: their texts by the names of their files. */
  texts?: Readonly<Record<string, string>>;
}

/** A project outside the repository, installed with npm as a user would. */
export interface Consumer {
  path: string;
  remove(): Promise<void>;
}

/** Makes an empty project, installs into it with npm, and compiles its programs. */
export async function createConsumer({ install, programs, texts = {} }: ConsumerOptions): Promise<Consumer> {
  const path = await mkdtemp(join(tmpdir(), "sse-consumer-"));
  const remove = (): Promise<void> => rm(path, { recursive: true });
  try {
    for (const line of install) await runInstall(line, path);
    for (const [name, text] of Object.entries(texts)) await writeFile(join(path, name), text);
    if (programs !== undefined) await compile(programs, path);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

/**
 * Returns the line that installs packages from the registry, in the versions that a folder of the
 * workspace uses.
 */
export function registryLine(names: readonly string[], folder: string): string {
  // Read as a file, because not every package exports its `package.json`.
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(join(root, folder, "node_modules", name, "package.json"), "utf8")).version;
  return ["npm install", ...names.map((name) => `${name}@${versionOf(name)}`)].join(" ");
}

/**
 * Installs from npm's cache alone if it holds everything, so that the second time needs no network.
 */
async function runInstall(line: string, path: string): Promise<void> {
  const quiet = { npm_config_audit: "false", npm_config_fund: "false", npm_config_loglevel: "error" };
  try {
    await runShell(line, path, { ...quiet, npm_config_offline: "true" });
  } catch {
    await runShell(line, path, quiet);
  }
}

/** Compiles as strictly as a user can: the declarations of the packages are checked too. */
async function compile(programs: string, path: string): Promise<void> {
  for (const name of await readdir(programs)) await copyFile(join(programs, name), join(path, name));
  await mkdir(join(path, "out"));
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2023", "DOM"],
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: await installedTypes(path),
    outDir: "out",
  };
  const include = ["*.mts", "*.cts"];
  await writeFile(join(path, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
  await runTool("typescript/bin/tsc", ["-p", "."], path);
}

async function installedTypes(path: string): Promise<string[]> {
  const folders = await readdir(join(path, "node_modules", "@types")).catch(() => []);
  return folders.filter((name) => name === "node");
}
