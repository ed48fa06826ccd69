import type { Fault } from "../plan.js";
import { type Random, times } from "../random.js";
import { cutLink } from "./instance-faults.js";

/**
 * Returns the faults of the mode `back`, in which the log moves to another server, which misses
 * some entries, and back; `undefined` for other modes. Instances that are restarted in between do
 * not know what the others have seen.
 */
export function switchFaults(mode: string, random: Random, instances: number): Fault[] | undefined {
  if (mode !== "back") return undefined;
  const prepared = random.between(400, 1_000);
  const left = prepared + random.between(0, 1_200);
  const returned = left + random.between(1_000, 2_500);
  const all = times(instances, (index) => index);
  const restarts = () => random.some(all, random.pick([0, 0, 1, 2, instances]));
  const faults: Fault[] = [
    { at: prepared, kind: "prepare-loss" },
    { at: left, kind: "switch-engine", to: "other", restarts: restarts() },
    { at: returned, kind: "switch-engine", to: "first", restarts: restarts() },
  ];
  for (const instance of all)
    for (let cuts = random.between(0, 2); cuts > 0; cuts--)
      faults.push(cutLink(random, random.between(200, returned + 500), instance));
  return faults;
}
