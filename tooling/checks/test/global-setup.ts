import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { runCommand, runTool } from "../src/commands.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Tarballs of all published packages, by the package's folder: absolute paths. */
    tarballs: Record<string, string>;
  }
}

/** Builds what has changed and packs every package once, for all test files of this project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await runTool("turbo/bin/turbo", ["run", "build", "--output-logs=errors-only"]);
  const folder = await mkdtemp(join(tmpdir(), "sse-tarballs-"));
  await runCommand("pnpm", ["--recursive", "--filter", "./packages/*", "pack", "--pack-destination", folder]);
  const tarballs = (await readdir(folder)).map((file) => [packageFolder(file), join(folder, file)] as const);
  project.provide("tarballs", Object.fromEntries(tarballs));
  return () => rm(folder, { recursive: true });
}

/** `core` from `sse-core-1.2.3.tgz`. */
function packageFolder(tarball: string): string {
  return tarball.replace(/^sse-/, "").replace(/-\d.*$/, "");
}
