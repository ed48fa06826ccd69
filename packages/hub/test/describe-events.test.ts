import { controlEvents } from "@sse/core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { describeEvents } from "../src/endpoint/describe-events.js";
import { createHub } from "../src/hub.js";

/** Returns the schema of one event. */
function itemOf(description: ReturnType<typeof describeEvents>, name: string): unknown {
  const { oneOf } = description.content["text/event-stream"].itemSchema as {
    oneOf: { properties: { event: { const?: string } } }[];
  };
  return oneOf.find(({ properties }) => properties.event.const === name);
}

const events = { goal: z.object({ team: z.string(), minute: z.int() }), message: z.string() };

describe("describeEvents", () => {
  test("gives each event its name, and its data as JSON in a string", () => {
    expect(itemOf(describeEvents({ events }), "goal")).toMatchObject({
      type: "object",
      required: ["event", "data"],
      properties: {
        event: { const: "goal" },
        data: {
          type: "string",
          contentMediaType: "application/json",
          contentSchema: { type: "object", required: ["team", "minute"] },
        },
        id: { type: "string" },
      },
    });
  });

  test("describes what is sent, which is the input of a schema", () => {
    const dates = { at: z.string().transform((text) => new Date(text)) };
    expect(itemOf(describeEvents({ events: dates }), "at")).toMatchObject({
      properties: { data: { contentSchema: { type: "string" } } },
    });
  });

  test("lets `message` come without its name, as it is sent", () => {
    expect(itemOf(describeEvents({ events }), "message")).toMatchObject({ required: ["data"] });
  });

  test("includes every event of the hub, unless clients receive none", () => {
    for (const name of Object.values(controlEvents)) {
      expect(itemOf(describeEvents({ events }), name)).toBeDefined();
      expect(itemOf(describeEvents({ events, controlEvents: false }), name)).toBeUndefined();
    }
  });

  test("leaves data open where a library has no JSON Schema", () => {
    const plain = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };
    expect(itemOf(describeEvents({ events: { plain } }), "plain")).toMatchObject({
      properties: { data: { type: "string", contentMediaType: "application/json" } },
    });
  });

  test("leaves data open where a schema has no JSON form", () => {
    const dated = { at: z.object({ at: z.date() }), goal: events.goal };
    const description = describeEvents({ events: dated });
    expect(itemOf(description, "at")).toMatchObject({
      properties: { data: { type: "string", contentMediaType: "application/json" } },
    });
    expect(itemOf(description, "goal")).toEqual(itemOf(describeEvents({ events }), "goal"));
  });

  test("describes any event without schemas", () => {
    const { oneOf } = describeEvents().content["text/event-stream"].itemSchema as { oneOf: unknown[] };
    expect(oneOf[0]).toMatchObject({ required: ["data"] });
  });

  test("takes a hub, and refuses an unknown option", () => {
    expect(describeEvents(createHub({ events }))).toEqual(describeEvents({ events }));
    expect(() => describeEvents({ event: events } as object)).toThrow('did you mean "events"?');
  });
});
