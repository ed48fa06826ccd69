import { natsLosses, redisLosses } from "../chaos-engine.js";
import type { Fault, Size } from "../plan.js";
import { type Random, times } from "../random.js";
import { instanceFaults, sometime } from "./instance-faults.js";

/** The modes in which instance 0 never publishes, with the faults of the engine in each. */
const engineFaults: Readonly<Record<string, (random: Random, size: Size) => Fault[]>> = {
  flush: (random, { duration }) =>
    times(random.between(2, 4), (index) => ({
      at: sometime(random, duration),
      kind: "lose-data",
      loss: index === 0 ? "FLUSHDB" : random.pick(redisLosses),
    })),
  evict: (random, { duration }) =>
    times(random.between(1, 3), () => ({
      at: sometime(random, duration),
      kind: "lose-data",
      loss: "eviction of keys",
    })),
  trim: (random, { duration }) =>
    times(random.between(8, 16), () => ({
      at: sometime(random, duration),
      kind: "remove-entries",
      by: random.chance(0.7) ? "XDEL" : "XTRIM",
      count: random.between(1, 40),
    })),
  purge: (random, { duration }) =>
    times(random.between(8, 16), () => {
      const at = sometime(random, duration);
      if (random.chance(0.15))
        return { at, kind: "hurt-server", fault: "delete consumers", server: 0, downFor: 0 };
      return {
        at,
        kind: "remove-entries",
        by: random.chance(0.7) ? "STREAM.MSG.DELETE" : "STREAM.PURGE",
        count: random.between(1, 40),
      };
    }),
  delete: (random, { duration }) =>
    times(random.between(2, 3), (index) => ({
      at: sometime(random, duration),
      kind: "lose-data",
      loss: index === 0 ? natsLosses[0] : random.pick(natsLosses),
    })),
  address: (random, { duration }) => [
    { at: random.between(duration * 0.2, duration * 0.8), kind: "replace-engine" },
  ],
};

/**
 * Returns the faults of a mode with a silent instance; `undefined` for other modes. That instance
 * is not killed, and its link is not cut: a new connection would show it the loss.
 */
export function silentFaults(
  mode: string,
  random: Random,
  size: Size,
  instances: number,
): Fault[] | undefined {
  const faults = engineFaults[mode]?.(random, size);
  if (faults === undefined) return undefined;
  const others = times(instances - 1, (index) => index + 1);
  return [...faults, ...instanceFaults(random, size.duration, others, () => random.between(0, 2), 0.4)];
}
