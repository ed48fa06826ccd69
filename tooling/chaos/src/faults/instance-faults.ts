import type { Fault } from "../plan.js";
import type { Random } from "../random.js";

/** Returns a time within a duration, apart from its first and last tenth. */
export function sometime(random: Random, duration: number): number {
  return random.between(duration * 0.1, duration * 0.9);
}

/** Returns the cut of an instance's link. */
export function cutLink(random: Random, at: number, instance: number): Fault {
  return { at, kind: "cut-link", instance, afterBytes: random.between(0, 20_000) };
}

/** Returns the death of an instance. */
export function killInstance(random: Random, at: number, instance: number): Fault {
  return { at, kind: "kill-instance", instance, downFor: random.between(0, 1_000) };
}

/**
 * Returns the faults of instances while other things happen to the engine.
 *
 * @param cuts returns the number of cuts of an instance's link.
 * @param death the probability that an instance is killed.
 */
export function instanceFaults(
  random: Random,
  duration: number,
  instances: readonly number[],
  cuts: () => number,
  death: number,
): Fault[] {
  const faults: Fault[] = [];
  for (const instance of instances) {
    for (let left = cuts(); left > 0; left--)
      faults.push(cutLink(random, sometime(random, duration), instance));
    if (random.chance(death)) faults.push(killInstance(random, sometime(random, duration), instance));
  }
  return faults;
}
