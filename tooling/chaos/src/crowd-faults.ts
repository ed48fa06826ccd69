import type { Fault, Size } from "./plan.js";
import type { Random } from "./random.js";

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
  if (mode === "ten" || mode === "versions")
    return [...instanceFaults(random, size, instances), crash(random, size)];
  if (mode !== "backlog") return undefined;
  return [...instanceFaults(random, size, instances), ...bursts(random, size)];
}

function instanceFaults(random: Random, { duration }: Size, instances: number): Fault[] {
  const faults: Fault[] = [];
  const sometime = () => random.between(duration * 0.1, duration * 0.9);
  for (let instance = 0; instance < instances; instance++) {
    if (random.chance(0.5))
      faults.push({ at: sometime(), kind: "cut-link", instance, afterBytes: random.between(0, 20_000) });
    if (random.chance(0.3))
      faults.push({ at: sometime(), kind: "kill-instance", instance, downFor: random.between(0, 1_000) });
  }
  return faults;
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
