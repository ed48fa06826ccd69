import { natsLosses, redisLosses } from "./chaos-engine.js";
import type { Fault, Size } from "./plan.js";
import type { Random } from "./random.js";

/** The modes in which instance 0 never publishes, with the faults of the engine in each. */
const engineFaults: Readonly<Record<string, (random: Random, size: Size) => Fault[]>> = {
  flush: (random, { duration }) =>
    times(random.between(2, 4), (index) => ({
      at: random.between(duration * 0.1, duration * 0.9),
      kind: "lose-data",
      loss: index === 0 ? "FLUSHDB" : random.pick(redisLosses),
    })),
  evict: (random, { duration }) =>
    times(random.between(1, 3), () => ({
      at: random.between(duration * 0.1, duration * 0.9),
      kind: "lose-data",
      loss: "eviction of keys",
    })),
  trim: (random, { duration }) =>
    times(random.between(8, 16), () => ({
      at: random.between(duration * 0.1, duration * 0.9),
      kind: "remove-entries",
      by: random.chance(0.7) ? "XDEL" : "XTRIM",
      count: random.between(1, 40),
    })),
  purge: (random, { duration }) =>
    times(random.between(8, 16), () => {
      const at = random.between(duration * 0.1, duration * 0.9);
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
      at: random.between(duration * 0.1, duration * 0.9),
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
  const sometime = () => random.between(size.duration * 0.1, size.duration * 0.9);
  for (let instance = 1; instance < instances; instance++) {
    for (let cuts = random.between(0, 2); cuts > 0; cuts--)
      faults.push({ at: sometime(), kind: "cut-link", instance, afterBytes: random.between(0, 20_000) });
    if (random.chance(0.4))
      faults.push({ at: sometime(), kind: "kill-instance", instance, downFor: random.between(0, 1_000) });
  }
  return faults;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
