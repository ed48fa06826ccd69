import type { ServerFault } from "../chaos-engine.js";
import { instanceFaults, sometime } from "../faults/instance-faults.js";
import type { Fault } from "../plan.js";
import { type Random, times } from "../random.js";

/** The faults of a run on a cluster, and its duration in milliseconds. */
export interface ClusterPlan {
  readonly faults: Fault[];
  readonly duration: number;
}

/** The number of servers. */
const serverCount = 3;

/** The modes of a cluster, with the faults of its servers, one after the other. */
const serverFaults: Readonly<Record<string, (random: Random) => ServerFault[]>> = {
  leader: (random) =>
    times(random.between(2, 4), () => ({
      fault: random.pick(["kill", "step down"]),
      server: random.chance(0.8) ? "leader" : random.between(0, serverCount - 1),
      downFor: random.between(50, 5_000),
    })),
  partition: (random) =>
    times(random.between(1, 2), () => ({
      fault: random.pick(["isolate", "isolate", "stall"]),
      server: random.chance(0.6) ? "leader" : random.between(0, serverCount - 1),
      downFor: random.between(1_000, 8_000),
    })),
  restart: (random) => [{ fault: "restart all", server: 0, downFor: random.between(0, 1_500) }],
  files: (random) =>
    times(2, (index) => ({
      fault: index === 0 ? random.pick(["roll back", "wipe"]) : "roll back",
      server: random.chance(0.25) ? "leader" : random.between(0, serverCount - 1),
      downFor: random.between(50, 2_000),
    })),
};

/** The names of the modes. */
export const clusterModes: readonly string[] = Object.keys(serverFaults);

/** The duration of a run: a cluster without a leader elects one within some 10 seconds. */
const duration = 9_000;

/** Returns the plan of a mode of a cluster; `undefined` for other modes. */
export function clusterFaults(mode: string, random: Random): ClusterPlan | undefined {
  const ofServers = serverFaults[mode]?.(random);
  if (ofServers === undefined) return undefined;
  const faults: Fault[] = ofServers.map((fault, index) => ({
    at: 500 + index * random.between(1_000, 4_000),
    kind: "hurt-server",
    ...fault,
  }));
  const all = times(serverCount, (index) => index);
  faults.push(...instanceFaults(random, duration, all, () => random.once(0.4), 0.3));
  if (random.chance(0.5)) faults.push({ at: sometime(random, duration), kind: "burst" });
  return { faults, duration };
}
