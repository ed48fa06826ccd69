import { SseError } from "@sse/core";

/** Names longer than this are a mistake, and they would be kept for as long as they are followed. */
const longestName = 256;

/** Checks the name of a topic or user. Any text of 1 to 256 characters will do. */
export function requireName(kind: "topic" | "user", name: unknown): string {
  if (typeof name === "string" && name.length >= 1 && name.length <= longestName) return name;
  throw new SseError("invalid-option", `a ${kind} must be a text of 1 to ${longestName} characters`, {
    field: kind,
  });
}

/** Checks one name or several, and drops repeats. */
export function requireNames(kind: "topic" | "user", names: string | readonly string[]): string[] {
  const list = typeof names === "string" ? [names] : [...new Set(names)];
  if (list.length === 0) throw new SseError("invalid-option", `name at least one ${kind}`, { field: kind });
  return list.map((name) => requireName(kind, name));
}
