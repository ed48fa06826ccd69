import { invalidOption, outOfRange, typeOf, unknownKey } from "./errors.js";
import { maxDelay } from "./timers.js";

/** The maximum length of a key in a message, and in the search for the nearest one. */
const maxShownLength = 64;

/**
 * Checks that an object has no keys but the known ones, so that a misspelled option fails at once.
 * The message names the nearest known key.
 *
 * @param value the options as the application passed them; `undefined` has no keys.
 * @param where what the options belong to, such as `createHub`, for the message.
 * @throws {SseError} `invalid-option` for an unknown key, or for a value that is no object.
 */
export function requireKnownKeys(value: unknown, known: readonly string[], where: string): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) {
    throw invalidOption(where, `${where}: the options are ${typeOf(value)}: pass an object`);
  }
  const key = findUnknownKey(value, known);
  if (key !== undefined) throw unknownKey(where, key, nearestOf(key, known), known);
}

/** Returns the first key that is not a known one, cut to 64 characters. */
export function findUnknownKey(value: object, known: readonly string[]): string | undefined {
  return Object.keys(value)
    .find((key) => !known.includes(key))
    ?.slice(0, maxShownLength);
}

/**
 * Returns the known name nearest to a misspelled one, or `undefined` if none is near. Case does not
 * count, and neither do the objects in front of the last dot: `maxEvent` finds `window.maxEvents`.
 */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let nearest: string | undefined;
  let minDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const last = candidate.slice(candidate.lastIndexOf(".") + 1);
    const distance = editDistance(wanted, last.toLowerCase());
    // At a distance of its whole length nothing is shared.
    if (distance >= minDistance || distance >= last.length) continue;
    nearest = candidate;
    minDistance = distance;
  }
  return nearest;
}

/** Counts the insertions, deletions and replacements between two strings (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[to.length]!;
}

/** Bounds of {@link requireDuration}, in milliseconds. */
export interface DurationBounds {
  /** Default 0. */
  min?: number;
  /** Default: the maximum delay of a timer. */
  max?: number;
}

/**
 * Checks a time in milliseconds for which a timer may run.
 *
 * @throws {SseError} `invalid-option` unless it is an integer within the bounds.
 */
export function requireDuration(
  name: string,
  milliseconds: number,
  { min = 0, max = maxDelay }: DurationBounds = {},
): number {
  if (requireAtLeast(min, name, milliseconds) <= max) return milliseconds;
  throw outOfRange(name, `at most ${max} milliseconds`, milliseconds);
}

/**
 * Checks a count or a size.
 *
 * @throws {SseError} `invalid-option` unless it is an integer of at least `min`.
 */
export function requireAtLeast(min: number, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw outOfRange(name, `an integer of at least ${min}`, value);
}

/**
 * Checks that an option is one of a few values.
 *
 * @throws {SseError} `invalid-option` for any other value.
 */
export function requireOneOf<T>(allowed: readonly T[], name: string, value: T): T {
  if (allowed.includes(value)) return value;
  throw outOfRange(name, allowed.map((item) => `"${item}"`).join(" or "), value);
}
