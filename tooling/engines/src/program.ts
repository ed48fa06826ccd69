import { spawnSync } from "node:child_process";

/**
 * The environment of the programs. Debian installs servers in a folder that only root's PATH has.
 */
export const environment = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };

/** The command that installs a program on Debian, if it is not in a package of its name. */
const installers: Readonly<Record<string, string>> = { "nats-server-2.10": ".ci/install-nats-2.10" };

/**
 * Whether a program is installed; if not, warns that tests are skipped.
 *
 * @throws under `CI=true`, where every program must be installed.
 */
export function isInstalled(program: string): boolean {
  if (spawnSync(program, ["--version"], { env: environment }).error === undefined) return true;
  const installer = installers[program] ?? `apt-get install ${program}`;
  const missing = `${program} is not installed (on Debian: ${installer})`;
  if (process.env["CI"] === "true") throw new Error(missing);
  console.warn(`SKIPPED: ${missing}: the tests that need it do not run.`);
  return false;
}
