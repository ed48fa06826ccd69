import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Adapter, Framework } from "./recipes.js";
import { roomOf } from "./room.js";

const frameworks = fileURLToPath(new URL("../frameworks", import.meta.url));

/** Milliseconds for which a build may last: it needs 20 seconds on an idle machine. */
const buildTimeout = 900_000;

/**
 * Builds an application of a framework in a folder of its own, whose packages are installed once at
 * exact versions. Throws with the output of a build that fails.
 *
 * @returns the folder.
 */
export async function buildApplication(
  { folder, room, build }: Framework,
  adapter: Adapter,
): Promise<string> {
  const source = join(frameworks, folder);
  const modules = join(source, "node_modules");
  if (!existsSync(modules)) {
    const args = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", args, { cwd: source, stdio: "inherit" });
  }
  // Inside the folder, so that the packages of the workspace are found above it.
  const target = mkdtempSync(join(source, ".run-"));
  for (const name of readdirSync(source).filter((file) => file !== "node_modules" && !file.startsWith(".")))
    cpSync(join(source, name), join(target, name), { recursive: true });
  symlinkSync(modules, join(target, "node_modules"), "junction");
  writeFileSync(join(target, room), roomOf(adapter));
  const [program = "", ...args] = build;
  await promisify(execFile)(join(modules, ".bin", program), args, {
    cwd: target,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
    timeout: buildTimeout,
  }).catch(({ stdout, stderr }) => {
    throw new Error(`the build of ${folder} failed: ${`${stdout}${stderr}`.slice(-2_000)}`);
  });
  return target;
}
