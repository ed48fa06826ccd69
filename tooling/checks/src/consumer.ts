import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, runTool } from "./commands.js";
import { root } from "./workspace.js";

/** What a {@link createConsumer} project holds. */
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

/** Makes an empty project, installs into it with npm, and compiles its TypeScript programs to the folder `out`. */
export async function createConsumer({ tarballs, registry, programs }: ConsumerOptions): Promise<Consumer> {
  const path = await mkdtemp(join(tmpdir(), "sse-consumer-"));
  const files = Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]);
  const dependencies = {
    ...Object.fromEntries(files),
    ...(registry ? versions(registry.names, registry.of) : {}),
  };
  await writeFile(join(path, "package.json"), JSON.stringify({ private: true, dependencies }));
  await writeFile(join(path, "tsconfig.json"), JSON.stringify(tsconfig(registry?.names ?? [])));
  for (const name of await readdir(programs)) await copyFile(join(programs, name), join(path, name));
  await mkdir(join(path, "out"));
  await runCommand(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"],
    path,
  );
  await runTool("typescript/bin/tsc", ["-p", "."], path);
  return { path, remove: () => rm(path, { recursive: true }) };
}

function versions(names: string[], folder: string): Record<string, string> {
  const require = createRequire(join(root, folder, "package.json"));
  return Object.fromEntries(names.map((name) => [name, require(`${name}/package.json`).version as string]));
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
