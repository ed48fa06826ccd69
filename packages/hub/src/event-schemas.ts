import { SseError, type SseIssue } from "@sse/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A schema for each event name; what it takes in is what is published and sent. */
export type EventSchemas<Events extends object> = {
  readonly [Name in keyof Events]: StandardSchemaV1<Events[Name], unknown>;
};

/** Validates a payload before it is published. */
export type EventCheck = (name: string, data: unknown) => Promise<void> | undefined;

/** The check for a hub with schemas; without any, everything passes. */
export function eventCheck(schemas: Readonly<Record<string, StandardSchemaV1>> | undefined): EventCheck {
  if (schemas === undefined) return () => undefined;
  return (name, data) => {
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined) throw unknownEvent(name, Object.keys(schemas));
    const result = schema["~standard"].validate(data);
    return result instanceof Promise
      ? result.then((settled) => requireValid(name, settled))
      : requireValid(name, result);
  };
}

/** @throws {SseError} `invalid-event` */
function requireValid(name: string, { issues }: StandardSchemaV1.Result<unknown>): undefined {
  if (issues === undefined) return undefined;
  const found = issues.map(({ message, path }): SseIssue => ({ path: pathText(path), message }));
  const list = found.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  throw new SseError("invalid-event", `event "${name}" does not match its schema: ${list}`, {
    field: "data",
    issues: found,
  });
}

function pathText(path: StandardSchemaV1.Issue["path"] = []): string {
  return path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}

function unknownEvent(name: string, known: readonly string[]): SseError {
  return new SseError(
    "invalid-event",
    `there is no schema for event "${name}"; there is one for ${known.join(", ")}`,
    {
      field: "event",
    },
  );
}
