import type { StreamInfo } from "@nats-io/jetstream";
import { systemClock } from "@sse/hub/log";
import { expect, test } from "vitest";
import type { Link } from "../../src/connection/link.js";
import { Seen } from "../../src/connection/seen.js";
import type { Session } from "../../src/connection/session.js";
import { StreamFollower, type StreamListener } from "../../src/follow/stream-follower.js";
import { subjectsOf } from "../../src/subjects.js";

const info = { config: { name: "s" }, state: { first_seq: 1, last_seq: 0 } } as StreamInfo;

/** A follower of an empty stream. `onRequest` is called at each request to the server. */
function setUp(onRequest: (name: "info" | "consumer", count: number) => void) {
  const counts = { info: 0, consumer: 0 };
  const request = <Answer>(name: "info" | "consumer", answer: Answer) => {
    counts[name] += 1;
    onRequest(name, counts[name]);
    return Promise.resolve(answer);
  };
  const session = {
    epoch: "e",
    info,
    nc: { isClosed: () => false, subscribe: () => ({ unsubscribe() {} }) },
    jsm: {
      streams: { info: () => request("info", info), getMessage: async () => null },
      consumers: {
        add: () => request("consumer", { name: "c", num_pending: 0, created: "2026-01-01T00:00:00Z" }),
        delete: async () => true,
      },
    },
  } as unknown as Session;
  const settings = { stream: "s", heartbeat: 1_000, inboxPrefix: "_INBOX", clock: systemClock };
  const link = { settings, session, subjects: subjectsOf("s"), seen: new Seen() } as unknown as Link;
  const calls: string[] = [];
  const listener: StreamListener = {
    followed: undefined,
    begin({ followed }) {
      calls.push("begin");
      Object.assign(listener, { followed });
    },
    receive: () => calls.push("receive"),
    skipTo: () => calls.push("skipTo"),
  };
  return { follower: new StreamFollower(link, session, listener), calls, counts };
}

test("a follower lists the stream, and then receives what is stored after", async () => {
  const { follower, calls, counts } = setUp(() => {});
  await follower.start();
  expect(calls).toEqual(["begin"]);
  expect(counts.consumer).toBe(2);
  follower.end();
});

test("a follower that is ended at any request calls its listener no more, and leaves no consumer", async () => {
  const all = { info: 0, consumer: 0 };
  const probe = setUp((name) => {
    all[name] += 1;
  });
  await probe.follower.start();
  probe.follower.end();
  for (const name of ["info", "consumer"] as const)
    for (let last = 1; last <= all[name]; last += 1) {
      const { follower, calls, counts } = setUp((requested, count) => {
        if (requested !== name || count !== last) return;
        follower.end();
        before = [...calls];
      });
      let before: string[] = [];
      await follower.start().catch(() => {});
      expect(calls, `${name} ${last}`).toEqual(before);
      if (name === "info") expect(counts.consumer, `${name} ${last}`).toBeLessThan(2);
      if (name === "info" && last === 1) expect(counts.consumer).toBe(0);
    }
});
