import { SseError } from "@sse/core";

/** Names longer than this are a mistake, and they would be kept for as long as they are followed. */
const maxNameLength = 256;

/** Whether a value may name a topic, a user or a connection: a string of 1 to 256 characters. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= maxNameLength;
}

/** Returns the name of a topic or user. Throws `invalid-option` for anything else. */
export function requireName(kind: "topic" | "user", name: unknown): string {
  if (isName(name)) return name;
  throw new SseError("invalid-option", `a ${kind} must be a text of 1 to ${maxNameLength} characters`, {
    field: kind,
  });
}

/** Returns one name or several as a list without repeats. Throws `invalid-option` for an empty list. */
export function requireNames(kind: "topic" | "user", names: string | readonly string[]): string[] {
  const list = typeof names === "string" ? [names] : [...new Set(names)];
  if (list.length === 0) throw new SseError("invalid-option", `name at least one ${kind}`, { field: kind });
  return list.map((name) => requireName(kind, name));
}
