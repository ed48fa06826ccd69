import { type ControlEventData, controlEvents } from "@sse/core";
import { outOfRange, requireKnownKeys } from "@sse/core/internal";
import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import { isRecord } from "../validate.js";

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 and later use it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The source of a description: a hub, or the options of one. */
export interface DescribeEventsOptions {
  /**
   * A schema for each event, by name. Those of a library with Standard JSON Schema (Zod 4.2,
   * ArkType 2.1.28, `toStandardJsonSchema` of Valibot) describe the data. Others leave it open, and
   * so does a schema without a JSON form, such as that of a `Date`. Default: any event.
   */
  readonly events?: Readonly<Record<string, unknown>> | undefined;
  /** Whether clients receive the hub's own events, `sse:live` and others. Default true. */
  readonly controlEvents?: boolean | undefined;
}

/** A response object of OpenAPI 3.2 for an event stream. */
export interface EventStreamDescription {
  readonly description: string;
  readonly content: { readonly "text/event-stream": { readonly itemSchema: JsonSchema } };
}

/**
 * Describes an event stream as the response object of OpenAPI 3.2: each event of the stream matches
 * `itemSchema`.
 *
 * @throws {SseError} `invalid-option` for an unknown option.
 */
export function describeEvents(options: DescribeEventsOptions = {}): EventStreamDescription {
  requireKnownKeys(options, ["events", "controlEvents"], "describeEvents");
  const { events, controlEvents = true } = options;
  if (events !== undefined && !isRecord(events))
    throw outOfRange("describeEvents: events", "an object of schemas by event name", events);
  const own = events === undefined ? [anyEvent] : Object.entries(events).map(eventOf);
  const items = controlEvents ? [...own, ...hubEvents] : own;
  return {
    description: "A stream of events, which stays open",
    content: { "text/event-stream": { itemSchema: { oneOf: items } } },
  };
}

const text: JsonSchema = { type: "string" };
const fields: JsonSchema = { id: text, retry: { type: "integer", minimum: 0 } };
const anyEvent: JsonSchema = {
  type: "object",
  required: ["data"],
  properties: { event: { type: "string", not: { pattern: "^sse:" } }, data: text, ...fields },
};

const count: JsonSchema = { type: "integer", minimum: 0 };

/** The data of the hub's own events. */
const controlSchemas: Readonly<Record<keyof ControlEventData, JsonSchema>> = {
  [controlEvents.live]: json(record({ connection: text, heartbeat: count, replayed: count })),
  [controlEvents.gap]: json(
    record({
      reason: { enum: ["evicted", "unknown", "epoch"] },
      requested: text,
      oldest: { type: ["string", "null"] },
    }),
  ),
  [controlEvents.refused]: json(record({ reason: text })),
  [controlEvents.heartbeat]: { const: "" },
  [controlEvents.end]: json(record({ state: text })),
};

const hubEvents = Object.entries(controlSchemas).map(([name, data]) => named(name, data));

function eventOf([name, schema]: [string, unknown]): JsonSchema {
  return named(name, json(jsonSchemaOf(schema)));
}

function named(name: string, data: JsonSchema): JsonSchema {
  const required = name === "message" ? ["data"] : ["event", "data"];
  return { type: "object", required, properties: { event: { const: name }, data, ...fields } };
}

/** Describes a string that holds JSON. */
function json(contentSchema: JsonSchema | undefined): JsonSchema {
  const content = { type: "string", contentMediaType: "application/json" };
  return contentSchema === undefined ? content : { ...content, contentSchema };
}

function record(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", required: Object.keys(properties), properties };
}

/**
 * Returns what is sent, which is the input of a schema. `undefined` for a library without that
 * ability, and for a schema without a JSON form: the hub accepts its data, which are sent as JSON.
 */
function jsonSchemaOf(schema: unknown): JsonSchema | undefined {
  const standard = (schema as Partial<StandardJSONSchemaV1> | undefined)?.["~standard"];
  if (typeof standard?.jsonSchema?.input !== "function") return undefined;
  try {
    const { $schema, ...rest } = standard.jsonSchema.input({ target: "draft-2020-12" });
    return rest;
  } catch {
    return undefined;
  }
}
