import { expect, test } from "vitest";
import type { RedisConnection } from "../src/driver.js";
import { Link } from "../src/link.js";
import type { Session } from "../src/session.js";
import { type FollowedStore, Tail } from "../src/tail.js";

const epoch = "abcdefghijkl";
const timers = {
  setTimeout: () => 0,
  clearTimeout: () => {},
  random: () => 0,
} as unknown as ConstructorParameters<typeof Session>[1];

/** Follows a stream of entries to its end, and returns the number of entries of each reply. */
async function follow(entries: readonly string[], key = "k"): Promise<number[]> {
  const replies: number[] = [];
  let after = 0;
  const send: RedisConnection["send"] = (_command, args) => {
    const found = entries.slice(after, after + Number(args[1]));
    if (found.length === 0) return new Promise(() => {});
    const elements = found.map((d, i) => [`${after + i + 1}-0`, ["c", '["*"]', "v", "1", "d", d, "k", key]]);
    after += found.length;
    replies.push(found.length);
    return Promise.resolve([["key", elements]]);
  };
  const connection = { ready: Promise.resolve(), send, onEnd: () => {}, destroy: () => {} };
  const driver = async () => ({ connect: () => connection as unknown as RedisConnection });
  const context = { driver, clock: timers, commandTimeout: 1_000 };
  const head = { epoch, offset: 0 };
  const store: FollowedStore = {
    head: async () => head,
    see: (position) => position,
    streamKey: () => "key",
  };
  const tail = new Tail(
    (onError) => new Link(context, async () => head, onError),
    store,
    500,
    async () => head,
  );
  let received = 0;
  await new Promise<void>((resolve) => {
    tail.add({
      reset() {},
      passed() {},
      error() {},
      entries(found) {
        received += found.length;
        if (received === entries.length) resolve();
      },
    });
  });
  tail.close();
  return replies;
}

test("a reply to a follower that is behind is bounded by the size of its entries", async () => {
  const large = await follow(Array<string>(100).fill("x".repeat(250_000)));
  expect(Math.max(...large)).toBeLessThanOrEqual(4);
  const keys = await follow(Array<string>(100).fill(""), "x".repeat(250_000));
  expect(Math.max(...keys)).toBeLessThanOrEqual(4);
});

test("a follower that is behind by small entries requests more and more of them", async () => {
  const small = await follow(Array<string>(1_000).fill(""));
  expect(small).toEqual([4, 8, 16, 32, 64, 128, 256, 256, 236]);
});
