import { describe, expect, test } from "vitest";
import { createHub } from "../src/hub.js";
import { createMemoryLog, type MemoryLogOptions } from "../src/log/memory-log.js";
import { type HubOptions, resolveOptions } from "../src/options.js";

describe("the options of a hub", () => {
  test("have the documented defaults", () => {
    const { clock: _, ...defaults } = resolveOptions({});
    expect(defaults).toEqual({
      cluster: { interval: 1_000, timeout: 15_000 },
      whenLogUnavailable: "accept",
      publishTimeout: 10_000,
      heartbeat: { interval: 15_000, kind: "comment", padding: 0 },
      retry: 2_000,
      flushInterval: 0,
      window: { maxEvents: 1_000, maxBytes: 4 * 1024 * 1024 },
      slowReader: { policy: "catch-up", stallTimeout: 60_000, maxBatchBytes: 65_536 },
      limits: {
        eventBytes: 262_144,
        connections: 100_000,
        connectionsPerUser: 1_000,
        topicsPerConnection: 1_000,
        topicsPerPublish: 1_000,
        appendsInFlight: 10_000,
        refusal: "soft",
      },
      maxConnectionAge: 0,
      onGap: expect.any(Function),
      presenceGrace: 0,
      serialize: "auto",
    });
  });

  test.each<[string, HubOptions]>([
    ["cluster.interval", { cluster: { interval: 0 } }],
    ["cluster.interval", { cluster: { interval: 2 ** 31 } }],
    ["cluster.timeout", { cluster: { interval: 100, timeout: 299 } }],
    ["cluster.timeout", { cluster: { timeout: 2 ** 31 } }],
    ["whenLogUnavailable", { whenLogUnavailable: "wait" as "accept" }],
    ["publishTimeout", { publishTimeout: -1 }],
    ["heartbeat.interval", { heartbeat: { interval: -1 } }],
    ["heartbeat.interval", { heartbeat: { interval: Number.POSITIVE_INFINITY } }],
    ["heartbeat.interval", { heartbeat: { interval: 2 ** 31 } }],
    ["heartbeat.padding", { heartbeat: { padding: 0.5 } }],
    ["heartbeat.kind", { heartbeat: { kind: "ping" as "event" } }],
    ["retry", { retry: -1 }],
    ["flushInterval", { flushInterval: Number.NaN }],
    ["flushInterval", { flushInterval: 2 ** 31 }],
    ["window.maxEvents", { window: { maxEvents: 0 } }],
    ["window.maxBytes", { window: { maxBytes: 0 } }],
    ["slowReader.stallTimeout", { slowReader: { stallTimeout: 2 ** 31 } }],
    ["slowReader.maxBatchBytes", { slowReader: { maxBatchBytes: 0 } }],
    ["limits.eventBytes", { limits: { eventBytes: 0 } }],
    ["limits.eventBytes", { limits: { eventBytes: 524_289 } }],
    ["limits.connections", { limits: { connections: -1 } }],
    ["limits.connectionsPerUser", { limits: { connectionsPerUser: 0.5 } }],
    ["limits.topicsPerConnection", { limits: { topicsPerConnection: -1 } }],
    ["limits.appendsInFlight", { limits: { appendsInFlight: 0 } }],
    ["limits.refusal", { limits: { refusal: "hard" as "soft" } }],
    ["slowReader.policy", { slowReader: { policy: "drop" as "conflate" } }],
    ["maxConnectionAge", { maxConnectionAge: -1 }],
    ["presenceGrace", { presenceGrace: 2 ** 31 }],
    ["serialize", { serialize: "text" as "json" }],
  ])("%s has a range: %j", (field, options) => {
    expect(() => createHub(options)).toThrow(expect.objectContaining({ code: "invalid-option", field }));
  });
});

describe("the bounds of a memory log", () => {
  test.each<[string, MemoryLogOptions]>([
    ["maxEvents", { maxEvents: -1 }],
    ["maxEventsPerTopic", { maxEventsPerTopic: 1.5 }],
    ["maxAge", { maxAge: Number.NaN }],
    ["maxBytes", { maxBytes: Number.POSITIVE_INFINITY }],
    ["idempotencyWindow", { idempotencyWindow: -1 }],
  ])("%s has a range: %j", (name, options) => {
    expect(() => createMemoryLog(options)).toThrow(
      expect.objectContaining({ code: "invalid-option", field: name }),
    );
  });
});
