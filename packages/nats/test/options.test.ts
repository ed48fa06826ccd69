import { expect, test } from "vitest";
import { createNatsLog, type NatsLogOptions } from "../src/index.js";

test.each<[string, Partial<NatsLogOptions>]>([
  ["stream", { stream: "" }],
  ["stream", { stream: "a.b" }],
  ["stream", { stream: "x".repeat(65) }],
  ["connection", { servers: undefined as unknown as string }],
  ["maxEvents", { maxEvents: -1 }],
  ["maxEventsPerTopic", { maxEventsPerTopic: 1.5 }],
  ["maxAge", { maxAge: 50 }],
  ["maxBytes", { maxBytes: Number.NaN }],
  ["replicas", { replicas: 0 }],
  ["storage", { storage: "disk" as "file" }],
  ["commandTimeout", { commandTimeout: 0 }],
  ["idempotencyWindow", { idempotencyWindow: 0 }],
  ["heartbeat", { heartbeat: 10 }],
])("an option that is out of its range is refused by its name: %s", (field, wrong) => {
  expect(() => createNatsLog({ servers: "127.0.0.1:1", stream: "hub", ...wrong })).toThrow(
    expect.objectContaining({ code: "invalid-option", field }),
  );
});
