import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packageNames, packInto } from "../../pack.mjs";
import { runTool } from "../src/commands.js";

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
  const tarballs = packInto(packageNames(), folder);
  if (tarballs === undefined) throw new Error("pnpm pack failed");
  project.provide("tarballs", tarballs);
  return () => rm(folder, { recursive: true });
}
