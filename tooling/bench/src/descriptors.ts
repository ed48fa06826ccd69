import { spawnSync } from "node:child_process";

/** What a process needs besides its connections. */
const own = 150;

/** How many connections a process may hold: Node raises its own limit to the hard one. */
export function connectionLimit(): number {
  const { stdout } = spawnSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" });
  const limit = Number(stdout?.trim());
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit - own;
}
