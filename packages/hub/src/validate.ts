import { badName, noNames } from "./errors.js";

/** The maximum length of a name, which is kept in memory for as long as it is followed. */
const maxNameLength = 256;

/** Whether a value may name a topic, a user or a connection: a well-formed string of 1 to 256 characters. */
export function isName(value: unknown): value is string {
  return (
    typeof value === "string" && value.length >= 1 && value.length <= maxNameLength && isWellFormed(value)
  );
}

/** Whether a string has no half of a surrogate pair, which UTF-8 cannot represent: engines store all of them as U+FFFD. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Whether a value is an object with keys: neither `null` nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns the name of a topic or user.
 *
 * @throws {SseError} `invalid-option` for anything else.
 */
export function requireName(kind: "topic" | "user", name: unknown): string {
  if (isName(name)) return name;
  throw badName(kind, maxNameLength);
}

/**
 * Returns one name or several as a list without repeats.
 *
 * @throws {SseError} `invalid-option` for a bad name, or an empty list.
 */
export function requireNames(kind: "topic" | "user", names: string | readonly string[]): string[] {
  if (typeof names !== "string" && !Array.isArray(names)) throw badName(kind, maxNameLength);
  const list = typeof names === "string" ? [names] : [...new Set(names)];
  if (list.length === 0) throw noNames(kind);
  return list.map((name) => requireName(kind, name));
}

/**
 * Checks a list of names that is not read yet.
 *
 * @throws {SseError} `invalid-option` for what is no list.
 */
export function requireIterable<T>(kind: "topic" | "user", names: Iterable<T>): Iterable<T> {
  if (typeof names?.[Symbol.iterator] === "function") return names;
  throw badName(kind, maxNameLength);
}
