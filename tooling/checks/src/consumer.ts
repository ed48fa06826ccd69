import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, runTool } from "./commands.js";
import { root } from "./workspace.js";

/** Contents of a {@link createConsumer} project. */
export interface ConsumerOptions {
  /** Absolute paths of tarballs, by package name. */
  tarballs: Record<string, string>;
  /** Packages from the registry, in the versions that the named workspace folder uses. */
  registry?: { names: string[]; of: string };
  /** A folder of programs, which are copied into the project. */
  programs: string;
}

/** A project outside the repository, installed with npm as a user would. */
export interface Consumer {
  path: string;
  remove(): Promise<void>;
}

/**
 * Makes an empty project, installs into it with npm, and compiles its TypeScript programs to the
 * folder `out`.
 */
export async function createConsumer(options: ConsumerOptions): Promise<Consumer> {
  const path = await mkdtemp(join(tmpdir(), "sse-consumer-"));
  const remove = (): Promise<void> => rm(path, { recursive: true });
  try {
    await writeProject(path, options);
    await install(path);
    await runTool("typescript/bin/tsc", ["-p", "."], path);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

async function writeProject(path: string, { tarballs, registry, programs }: ConsumerOptions): Promise<void> {
  const files = Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]);
  const others = registry ? versions(registry.names, registry.of) : {};
  const dependencies = { ...Object.fromEntries(files), ...others };
  // Without the overrides npm asks the registry for our names as well.
  const overrides = Object.fromEntries(Object.keys(tarballs).map((name) => [name, `$${name}`]));
  await writeFile(join(path, "package.json"), JSON.stringify({ private: true, dependencies, overrides }));
  await writeFile(join(path, "tsconfig.json"), JSON.stringify(tsconfig(Object.keys(others))));
  for (const name of await readdir(programs)) await copyFile(join(programs, name), join(path, name));
  await mkdir(join(path, "out"));
}

/** From npm's cache alone if it holds everything, so that the second time needs no network. */
async function install(path: string): Promise<void> {
  const command = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    await runCommand("npm", [...command, "--offline"], path);
  } catch {
    await runCommand("npm", command, path);
  }
}

function versions(names: string[], folder: string): Record<string, string> {
  // Read as a file, because not every package exports its `package.json`.
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(join(root, folder, "node_modules", name, "package.json"), "utf8")).version;
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}

/** As strict as a user can be: also the declarations of the packages are checked. */
function tsconfig(installed: string[]): object {
  return {
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2023", "DOM"],
      module: "NodeNext",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: installed.includes("@types/node") ? ["node"] : [],
      outDir: "out",
    },
    include: ["*.mts", "*.cts"],
  };
}
