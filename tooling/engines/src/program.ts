import { spawnSync } from "node:child_process";

/** Debian keeps servers where only root looks. */
export const environment = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };

/**
 * Whether a program is there; where not, says loudly that tests are skipped.
 *
 * @throws under `CI=true`, where every program must be there.
 */
export function isInstalled(program: string): boolean {
  if (spawnSync(program, ["--version"], { env: environment }).error === undefined) return true;
  const missing = `${program} is not installed (on Debian: apt-get install ${program})`;
  if (process.env["CI"] === "true") throw new Error(missing);
  console.warn(`SKIPPED: ${missing}: the tests that need it do not run.`);
  return false;
}
