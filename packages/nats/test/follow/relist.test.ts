import type { StreamInfo } from "@nats-io/jetstream";
import { systemClock } from "@sse/hub/log";
import { expect, test } from "vitest";
import type { Link } from "../../src/connection/link.js";
import { Seen } from "../../src/connection/seen.js";
import type { Session } from "../../src/connection/session.js";
import { RecentTags } from "../../src/follow/recent-tags.js";
import { StreamFollower, type StreamListener } from "../../src/follow/stream-follower.js";
import { StreamIndex } from "../../src/stored/stream-index.js";
import { runSubjectsOf } from "../../src/subjects.js";

const turns = () => new Promise((resolve) => setTimeout(resolve, 20));

const infoAt = (last: number) =>
  ({ config: { name: "s" }, state: { first_seq: 1, last_seq: last } }) as StreamInfo;

type Deliver = (error: null, message: unknown) => void;

test("a hole that is found while a follower looks for the next message lists the stream once", async () => {
  const open = new Set<Deliver>();
  const calls: string[] = [];
  const message = { subject: "x", data: new Uint8Array(), reply: "$JS.ACK.s.c.1.12.1.0.0" };
  let isFirst = true;
  const session = {
    epoch: "e",
    info: infoAt(10),
    nc: {
      isClosed: () => false,
      subscribe(_subject: string, { callback }: { callback: Deliver }) {
        open.add(callback);
        return { unsubscribe: () => open.delete(callback) };
      },
    },
    jsm: {
      streams: {
        info: async () => infoAt(12),
        async getMessage() {
          if (isFirst) for (const deliver of [...open]) deliver(null, message);
          isFirst = false;
          return null;
        },
      },
      consumers: {
        add: async () => ({ name: "c", num_pending: 0, created: "2026-01-01T00:00:00Z" }),
        delete: async () => true,
      },
    },
  } as unknown as Session;
  const settings = { stream: "s", heartbeat: 1_000, inboxPrefix: "_INBOX", clock: systemClock };
  const link = {
    settings: { ...settings, maxEventsPerTopic: Number.POSITIVE_INFINITY },
    session,
    subjects: runSubjectsOf("s"),
    seen: new Seen(),
    invalidate: () => calls.push("invalidate"),
  } as unknown as Link;
  const index = new StreamIndex(Number.POSITIVE_INFINITY, true);
  const listener: StreamListener = {
    followed: { epoch: "e", index, tags: new RecentTags(), head: 5 },
    begin({ followed }) {
      calls.push("begin");
      Object.assign(listener, { followed });
    },
    receive: () => calls.push("receive"),
    skipTo: () => calls.push("skipTo"),
  };
  const follower = new StreamFollower(link, session, listener);
  await follower.start();
  await turns();
  expect(calls).toEqual(["begin"]);
  expect(listener.followed?.head).toBe(12);
  expect(open.size).toBe(1);
  follower.end();
  expect(open.size).toBe(0);
});
