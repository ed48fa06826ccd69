import type { StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { requireLeader } from "../../src/connection/stream.js";

const seconds = (active: number) => ({ name: "node", current: true, active: active * 1e9 });

/** Requires a leader in an answer, by the seconds since it has heard from its replicas. */
function leaderAlone(silences: readonly number[], leader = "node-0"): StreamInfo {
  const cluster = { name: "c", leader, replicas: silences.map(seconds) };
  const info = { config: { name: "s" }, cluster } as unknown as StreamInfo;
  return requireLeader({ info: { cluster: "c" } } as unknown as NatsConnection, info);
}

describe("the answer of a leader", () => {
  test.each([[[]], [[0.4, 0.4]], [[0.4, 20]], [[0, 20]], [[1, 1, 9, 9]]])(
    "that heard from a majority is believed: %j",
    (silences) => {
      expect(() => leaderAlone(silences)).not.toThrow();
    },
  );

  // An isolated leader says so, and that its replicas are current, for 15 s and longer.
  test.each([[[4.1, 4.1]], [[6.9, 6.9]], [[1, 9, 9, 9]]])(
    "that heard from too few may come from one that was superseded: %j",
    (silences) => {
      expect(() => leaderAlone(silences)).toThrow("superseded");
    },
  );

  test("is not that of a replica without a leader", () => {
    expect(() => leaderAlone([0.4, 0.4], "")).toThrow("has no leader");
  });

  test("is the only one without a cluster", () => {
    const info = { config: { name: "s" } } as StreamInfo;
    expect(requireLeader({ info: {} } as NatsConnection, info)).toBe(info);
  });
});
