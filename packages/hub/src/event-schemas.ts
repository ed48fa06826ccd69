import type { StandardSchemaV1 } from "@standard-schema/spec";
import { eventMismatch, unknownEvent } from "./errors.js";

/** A schema for each event name. Its input is what is published and sent. */
export type EventSchemas<Events extends object> = {
  readonly [Name in keyof Events]: StandardSchemaV1<Events[Name], unknown>;
};

/** Validates a payload before it is published. */
export type EventCheck = (name: string, data: unknown) => Promise<void> | undefined;

/** Returns the check of a hub with schemas. Without schemas it accepts everything. */
export function eventCheck(schemas: Readonly<Record<string, StandardSchemaV1>> | undefined): EventCheck {
  if (schemas === undefined) return () => undefined;
  return (name, data) => {
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined) throw unknownEvent(name, Object.keys(schemas));
    const result = schema["~standard"].validate(data);
    return "then" in result
      ? Promise.resolve(result).then((settled) => requireValid(name, settled))
      : requireValid(name, result);
  };
}

function requireValid(name: string, { issues }: StandardSchemaV1.Result<unknown>): undefined {
  if (issues === undefined) return undefined;
  throw eventMismatch(
    name,
    issues.map(({ message, path }) => ({ path: pathText(path), message })),
  );
}

function pathText(path: StandardSchemaV1.Issue["path"] = []): string {
  return path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}
