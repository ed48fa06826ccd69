import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * The instances' program in one file, so that instances start fast: they are killed and started
 * often.
 */
export interface Program {
  readonly file: string;
  remove(): Promise<void>;
}

/** Bundles the instances' program from the sources of all packages. */
export async function bundleProgram(): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "sse-chaos-"));
  const file = join(folder, "instance.cjs");
  await build({
    entryPoints: [fileURLToPath(new URL("./instance-program.ts", import.meta.url))],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    conditions: ["@sse/source"],
    sourcemap: "inline",
    logLevel: "error",
  });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
