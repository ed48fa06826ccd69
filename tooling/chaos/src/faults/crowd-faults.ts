import type { Fault, Size } from "../plan.js";
import { type Random, times } from "../random.js";
import { instanceFaults } from "./instance-faults.js";

/**
 * Returns the faults of the modes with many instances or clients, or two versions of the packages,
 * in which nothing is lost; `undefined` for other modes.
 */
export function crowdFaults(
  mode: string,
  random: Random,
  size: Size,
  instances: number,
): Fault[] | undefined {
  if (mode !== "ten" && mode !== "versions" && mode !== "backlog") return undefined;
  const all = times(instances, (index) => index);
  const ofInstances = instanceFaults(random, size.duration, all, () => random.once(0.5), 0.3);
  return [...ofInstances, ...(mode === "backlog" ? bursts(random, size) : [crash(random, size)])];
}

function crash(random: Random, { duration }: Size): Fault {
  const at = random.between(duration * 0.3, duration * 0.7);
  return { at, kind: "crash-engine", downFor: random.between(50, 500) };
}

/** All clients return at once, several times, when there is more and more to read. */
function bursts(random: Random, { duration }: Size): Fault[] {
  return [0.4, 0.7, 0.95].map((part) => ({
    at: random.between(duration * (part - 0.1), duration * part),
    kind: "burst",
  }));
}
