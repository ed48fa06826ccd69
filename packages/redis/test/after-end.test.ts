import { parsePosition } from "@sse/hub/log";
import { expect, test } from "vitest";
import { ManualClock } from "../../testing/src/manual-clock.js";
import { settle } from "../../testing/src/settle.js";
import type { RedisConnection } from "../src/driver.js";
import { Link } from "../src/link.js";
import { ReconnectLoop } from "../src/reconnect-loop.js";
import { Session } from "../src/session.js";
import { type FollowedStore, Tail } from "../src/tail.js";

const epoch = "abcdefghijkl";

/** A server, its connections, and a link to it. */
function setUp({ isUp }: { isUp: boolean }) {
  const clock = new ManualClock();
  const server = { isUp };
  const connections: { open: boolean; listener: (message: string) => void }[] = [];
  const connect = () => {
    const own = { open: true, listener: (_message: string): void => {} };
    connections.push(own);
    return {
      ready: server.isUp ? Promise.resolve() : Promise.reject(new Error("refused")),
      send: () => new Promise(() => {}),
      subscribe: async (_channel: string, listener: (message: string) => void) => {
        own.listener = listener;
      },
      onEnd: () => {},
      destroy: () => {
        own.open = false;
      },
    } as unknown as RedisConnection;
  };
  const context = { driver: async () => ({ connect }), clock, commandTimeout: 1_000 };
  const link = new Link(context, async () => "prepared");
  return { clock, server, connections, context, link };
}

test("a link that is dropped while it cannot connect makes no connection afterwards", async () => {
  const { clock, server, connections, link } = setUp({ isUp: false });
  const opening = link.open().catch((error: unknown) => error);
  await clock.pass(500);
  link.drop();
  server.isUp = true;
  const made = connections.length;
  await clock.pass(10_000);
  expect(connections).toHaveLength(made);
  expect(await opening).toBeInstanceOf(Error);
  await link.open();
  expect(connections.filter(({ open }) => open)).toHaveLength(1);
  link.close();
  expect(connections.filter(({ open }) => open)).toHaveLength(0);
});

test("a loop that is stopped and started again while it connects has one connection", async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { clock, connections, link } = setUp({ isUp: true });
    const served: unknown[] = [];
    const loop = new ReconnectLoop(
      link,
      async ({ session }) => {
        served.push(session);
        await session.ended;
      },
      () => {},
    );
    loop.start();
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    loop.stop();
    loop.start();
    await clock.pass(5_000);
    expect(
      connections.filter(({ open }) => open),
      `${turns}`,
    ).toHaveLength(1);
    expect(served.length, `${turns}`).toBeLessThanOrEqual(2);
    loop.close();
    expect(
      connections.filter(({ open }) => open),
      `${turns}`,
    ).toHaveLength(0);
  }
});

test("a session that has ended passes on no message", async () => {
  const { clock, connections, link } = setUp({ isUp: true });
  const { session } = await link.open();
  const messages: string[] = [];
  await session.subscribe("channel", (message) => messages.push(message));
  connections[0]!.listener("a");
  link.drop();
  connections[0]!.listener("b");
  expect(messages).toEqual(["a"]);
  expect(session).toBeInstanceOf(Session);
  link.close();
  await clock.pass(1);
});

test("a tail that a follower leaves at any turn of a check of the head starts the next one at the head", async () => {
  for (let turns = 0; turns < 16; turns += 1) {
    const { context } = setUp({ isUp: true });
    let [reads, head] = [0, 0];
    const leaveLater = async () => {
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      leave();
      head = 9;
      leave = tail.add(follower);
    };
    const connection = {
      ready: Promise.resolve(),
      // Nothing arrives.
      async send() {
        reads += 1;
        if (reads === 2) void leaveLater();
        return reads < 3 ? null : new Promise(() => {});
      },
      onEnd: () => {},
      destroy: () => {},
    } as unknown as RedisConnection;
    const store: FollowedStore = {
      head: async () => ({ epoch, offset: 5 }),
      see: (position) => position,
      streamKey: () => "key",
    };
    const driver = async () => ({ connect: () => connection });
    const tail = new Tail(
      (onError) => new Link({ ...context, driver }, async () => ({ epoch, offset: head }), onError),
      store,
      500,
      async () => ({ epoch, offset: head }),
    );
    const starts: number[] = [];
    const follower = {
      reset: (position: string) => starts.push(parsePosition(position)!.offset),
      entries() {},
      passed() {},
      error() {},
    };
    let leave = tail.add(follower);
    await settle();
    expect(starts.at(-1), `${turns}`).toBe(9);
    tail.close();
  }
});
