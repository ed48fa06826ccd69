import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import type { EpochStore } from "../../src/connection/epoch-store.js";
import { Lifetime } from "../../src/connection/lifetime.js";
import { Monitor } from "../../src/connection/monitor.js";
import { Seen } from "../../src/connection/seen.js";
import type { Session } from "../../src/connection/session.js";
import type { NatsLogSettings } from "../../src/options.js";
import { subjectsOf } from "../../src/subjects.js";

/** A monitor whose checks happen when `check` is called, and get `answer` and the stored epoch. */
function setUp(answer: (seen: Seen) => Promise<Partial<StreamInfo["state"]>>, stored = "abcdefghijkl") {
  const timers: (() => void)[] = [];
  const clock = {
    setTimeout: (callback: () => void) => timers.push(callback),
    clearTimeout() {},
    defer() {},
  };
  const seen = new Seen();
  seen.enter("abcdefghijkl");
  seen.record("abcdefghijkl", 5);
  const info = async () => ({ config: { name: "hub" }, state: await answer(seen) }) as unknown as StreamInfo;
  const lifetime = new Lifetime();
  const session = {
    nc: { subscribe: () => ({ unsubscribe() {} }) } as unknown as NatsConnection,
    jsm: { streams: { info } } as unknown as JetStreamManager,
    epoch: "abcdefghijkl",
    store: { read: async () => ({ record: { epoch: stored } }) } as unknown as EpochStore,
    info: { config: { name: "hub" } } as unknown as StreamInfo,
    lifetime,
  } as Session;
  const told: string[] = [];
  const settings = { stream: "hub", heartbeat: 1, clock } as unknown as NatsLogSettings;
  new Monitor(
    session,
    { settings, subjects: subjectsOf("hub"), seen },
    {
      checked: () => told.push("checked"),
      failed: (error) => told.push((error as Error).message),
    },
  );
  return {
    told,
    lifetime,
    /** Waits for the next check. The first one happens at the start. */
    async check(): Promise<void> {
      for (const timer of timers.splice(0)) timer();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("a monitor of a session", () => {
  test("checks at the start, since an epoch may have begun after the agreement and before the subscription", async () => {
    const { told } = setUp(async () => ({ last_seq: 5 }), "another");
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(["the stream is in another epoch"]);
  });

  test("finds nothing wrong with an answer that was overtaken by what was seen meanwhile", async () => {
    const { check, told } = setUp(async (seen) => {
      seen.record("abcdefghijkl", 9);
      return { last_seq: 7 };
    });
    await check();
    expect(told).toEqual(["checked"]);
  });

  test("reports a stream that ends before what was seen of it, at once", async () => {
    const { check, told } = setUp(async () => ({ last_seq: 4 }));
    await check();
    expect(told).toEqual(["the stream ends before what was seen of it"]);
  });

  test("reports a stream that does not answer after the third time in a row", async () => {
    let answers = false;
    const { check, told } = setUp(async () => {
      if (answers) return { last_seq: 5 };
      throw new Error("no answer");
    });
    await check();
    await check();
    answers = true;
    await check();
    answers = false;
    await check();
    await check();
    expect(told).toEqual(["checked"]);
    await check();
    expect(told).toEqual(["checked", "no answer"]);
  });

  test("ends with its session", async () => {
    const { check, told, lifetime } = setUp(async () => ({ last_seq: 5 }));
    await check();
    lifetime.end(new Error("over"));
    await check();
    expect(told).toEqual(["checked"]);
  });
});

describe("what was seen", () => {
  test("is not changed by a late answer of an epoch that was left, which stays left", () => {
    const seen = new Seen();
    seen.enter("first");
    seen.record("first", 3, "a");
    seen.enter("second");
    seen.record("first", 9, "b");
    expect([seen.through("first"), seen.through("second")]).toEqual([0, 0]);
    expect([seen.hasLeft("first"), seen.hasLeft("second")]).toEqual([true, false]);
    expect(seen.state("second")).toEqual({ through: 0, last: undefined });
  });
});
