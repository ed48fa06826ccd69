import { expect, test } from "vitest";
import * as core from "../src/index.js";

test("the package exports these names and no others", () => {
  expect(Object.keys(core).sort()).toEqual([
    "EventEncoderStream",
    "EventParserStream",
    "EventStream",
    "SseError",
    "acceptsEventStream",
    "controlEvents",
    "createEventParser",
    "encodeComment",
    "encodeEvent",
    "eventStreamHeaders",
    "getLastEventId",
    "isSseError",
    "parseEvents",
    "refuse",
    "serializeData",
  ]);
});
