import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

/**
 * The instances' program in one file, so that instances start fast: they are killed and started
 * often.
 */
export interface Program {
  readonly file: string;
  remove(): Promise<void>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Bundles a program of the instances from the sources of all packages. */
export async function bundleProgram(file = "./instance-program.ts"): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "sse-chaos-"));
  return bundle(folder, fileURLToPath(new URL(file, import.meta.url)));
}

/** Bundles the present program with the packages of an earlier commit, and today's dependencies. */
export async function bundleEarlierProgram(commit: string): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "sse-chaos-earlier-"));
  const archive = join(folder, "packages.tar");
  const execute = promisify(execFile);
  await execute("git", ["-C", root, "archive", "--output", archive, commit, "packages"]);
  await execute("tar", ["-xf", archive, "-C", folder]);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const packages = ["core", "hub", "node", "redis", "nats"].map((name) => `packages/${name}`);
  for (const path of [...packages, "tooling/chaos"])
    await cp(join(root, path, "node_modules"), join(folder, path, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
    });
  const program = "tooling/chaos/src";
  for (const name of ["instance-program.ts", "create-log.ts", "names.ts", "redis/redis-address.ts"])
    await cp(join(root, program, name), join(folder, program, name));
  return bundle(folder, join(folder, program, "instance-program.ts"));
}

async function bundle(folder: string, program: string): Promise<Program> {
  const file = join(folder, "instance.cjs");
  await build({
    entryPoints: [program],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    conditions: ["@sse/source"],
    // An earlier commit's packages are alone in their folder.
    alias: { "@sse/engines": join(root, "tooling/engines/src/index.ts") },
    logLevel: "error",
  });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
