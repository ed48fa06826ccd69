import { spawnSync } from "node:child_process";

/** Descriptors of a process besides its connections. */
const own = 150;

/** Returns the maximum of connections in a process: Node raises its own limit to the hard one. */
export function connectionLimit(): number {
  const { stdout } = spawnSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" });
  const limit = Number(stdout?.trim());
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit - own;
}
