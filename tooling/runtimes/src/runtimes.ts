import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** The folder of the installed runtimes and of the programs beside them. */
export const npm: string = fileURLToPath(new URL("../npm", import.meta.url));

/** A runtime that runs the tests. */
export interface Runtime {
  /** `Node 22`, `Bun`. */
  readonly name: string;
  readonly version: string;
  /** The command that runs a script: the binary and its arguments. */
  readonly command: readonly string[];
}

/** The programs in the packages of `npm/package.json`, and how these run a script. */
const programs: Record<string, { name: string; file: string; args: string[] }> = {
  node22: { name: "Node 22", file: "node22/bin/node", args: [] },
  node24: { name: "Node 24", file: "node24/bin/node", args: [] },
  node26: { name: "Node 26", file: "node26/bin/node", args: [] },
  "@oven/bun-linux-x64": { name: "Bun", file: "@oven/bun-linux-x64/bin/bun", args: ["--bun"] },
  "@deno/linux-x64-glibc": { name: "Deno", file: "@deno/linux-x64-glibc/deno", args: ["run", "-A"] },
  "@cloudflare/workerd-linux-64": {
    name: "workerd",
    file: "@cloudflare/workerd-linux-64/bin/workerd",
    args: [],
  },
};

/** Installs the runtimes at the locked versions, unless they are there. */
export function installRuntimes(): void {
  if (Object.keys(programs).every((name) => existsSync(fileOf(name)))) return;
  console.log("Installing the runtimes …");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", args, { cwd: npm, stdio: "inherit" });
}

/** The runtimes: the Node that runs this program, and those that are installed. */
export function runtimes(): Runtime[] {
  const own = { name: `Node ${process.versions.node.split(".")[0]}`, version: process.versions.node };
  const installed = Object.entries(versions()).flatMap(([name, version]) => {
    const program = programs[name];
    if (program === undefined || !existsSync(fileOf(name))) return [];
    return { name: program.name, version, command: [fileOf(name), ...program.args] };
  });
  return [{ ...own, command: [process.execPath] }, ...installed].sort((a, b) => rank(a) - rank(b));
}

/** The names of all runtimes, in the order of the tables. */
export const runtimeNames: readonly string[] = [
  "Node 20",
  "Node 22",
  "Node 24",
  "Node 26",
  "Bun",
  "Deno",
  "workerd",
];

function rank({ name }: Runtime): number {
  return runtimeNames.indexOf(name);
}

function fileOf(name: string): string {
  return join(npm, "node_modules", programs[name]?.file ?? "");
}

/** The exact versions by package name; of an alias that of the package behind it. */
function versions(): Record<string, string> {
  const { optionalDependencies } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  const entries = Object.entries<string>(optionalDependencies);
  return Object.fromEntries(entries.map(([name, range]) => [name, range.replace(/^npm:.*@/, "")]));
}
