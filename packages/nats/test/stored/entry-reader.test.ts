import { setImmediate as turn } from "node:timers/promises";
import { headers } from "@nats-io/nats-core";
import { type LogEntry, systemClock } from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { ReadConnection } from "../../src/connection/connections.js";
import { Lifetime } from "../../src/connection/lifetime.js";
import type { Session } from "../../src/connection/session.js";
import type { NatsLogSettings } from "../../src/options.js";
import { EntryReader } from "../../src/stored/entry-reader.js";
import { subjectsOf } from "../../src/subjects.js";

/** A reader of a stream whose messages have so many bytes, and arrive when `answer` is called. */
function setUp(bytes: number, key?: string) {
  const waiting: (() => void)[] = [];
  const failing: ((error: Error) => void)[] = [];
  const requested: number[] = [];
  let peak = 0;
  const getMessage = async (_stream: string, { seq }: { seq: number }) => {
    requested.push(seq);
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      failing.push(reject);
      peak = Math.max(peak, waiting.length);
    });
    const data = new Uint8Array(bytes).fill(120);
    const header = headers();
    if (key !== undefined) header.set("Sse-Conflate-Key", key);
    return { subject: "hub.t.a", header, data, seq, time: new Date(seq) };
  };
  const manager = async () => ({ direct: { getMessage } });
  const session = {
    epoch: "abcdefghijkl",
    info: { config: { allow_direct: true } },
    lifetime: new Lifetime(),
  } as unknown as Session;
  const reader = new EntryReader(
    { stream: "hub", clock: systemClock } as unknown as NatsLogSettings,
    subjectsOf("hub"),
    {
      manager,
    } as unknown as ReadConnection,
    () => 0,
  );
  return {
    session,
    reader,
    requested,
    get peak() {
      return peak;
    },
    /** Lets every request fail that was not answered. */
    failAll(): void {
      waiting.splice(0);
      for (const fail of failing.splice(0)) fail(new Error("timeout"));
    },
    /** Answers until nothing waits any more. */
    async answerAll(): Promise<void> {
      for (let quiet = 0; quiet < 5; quiet += 1) {
        if (waiting.length > 0) quiet = 0;
        for (const answer of waiting.splice(0)) answer();
        await turn();
      }
    },
  };
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe("a reader of entries", () => {
  test.each([
    [100, 256],
    [1_000, 65],
    [20_000, 3],
    [1_000_000, 1],
  ])("reads a page of entries of %i bytes up to its size: %i of them", async (bytes, count) => {
    const { reader, session, answerAll, requested } = setUp(bytes);
    const page = reader.page(session, numbers(1, 256));
    await answerAll();
    expect(await page).toHaveLength(count);
    expect(requested.length).toBeLessThanOrEqual(count + 3);
  });

  test("counts keys and topics for the size of a page, and of what is kept", async () => {
    const { reader, session, answerAll, requested } = setUp(1, "x".repeat(30_000));
    const read = async (first: number) => {
      const page = reader.page(session, numbers(first, 256));
      await answerAll();
      return (await page).length;
    };
    expect(await read(1)).toBe(2);
    for (let first = 3; first < 400; first += 2) await read(first);
    requested.length = 0;
    await read(1);
    expect(requested).toContain(1);
  });

  test("ends a page before it exceeds what the reader can use, but not before the first entry", async () => {
    const { reader, session, answerAll, requested } = setUp(1_000);
    const [some, one] = [
      reader.page(session, numbers(1, 256), 10_500),
      reader.page(session, numbers(1, 256), 1),
    ];
    await answerAll();
    expect([(await some).length, (await one).length]).toEqual([10, 1]);
    expect(requested.length).toBeLessThanOrEqual(14);
  });

  test("gives readers over the same stretch the same entries", async () => {
    const { reader, session, answerAll } = setUp(100);
    const pages = [reader.page(session, numbers(1, 10)), reader.page(session, numbers(5, 10))];
    await answerAll();
    const [[, , , , fifth], [again]] = (await Promise.all(pages)) as [LogEntry[], LogEntry[]];
    expect(again).toBe(fifth);
  });

  test("requests a few pages at a time, whatever the number of readers", async () => {
    const world = setUp(20_000);
    const pages = numbers(0, 500).map((i) => world.reader.page(world.session, numbers(1 + i * 256, 256)));
    await world.answerAll();
    await Promise.all(pages);
    expect(world.peak).toBeLessThanOrEqual(8 * 4);
  });

  test("requests a message once for all readers over the same stretch", async () => {
    const { reader, session, answerAll, requested } = setUp(100);
    const pages = numbers(0, 500).map(() => reader.page(session, numbers(1, 256)));
    await answerAll();
    expect(new Set((await Promise.all(pages)).map((page) => page.length))).toEqual(new Set([256]));
    expect(requested.toSorted((a, b) => a - b)).toEqual(numbers(1, 256));
  });

  test("requests a message once for a reader that takes one entry of each page", async () => {
    const { reader, session, answerAll, requested } = setUp(20_000);
    for (const first of numbers(1, 50)) {
      const page = reader.page(session, numbers(first, 51 - first));
      await answerAll();
      expect((await page).length).toBeGreaterThan(0);
    }
    expect(requested.toSorted((a, b) => a - b)).toEqual(numbers(1, 50));
  });

  test("lets other work come between pages that need not wait for anything", async () => {
    const { reader, session, answerAll } = setUp(100);
    const first = reader.page(session, numbers(1, 256));
    await answerAll();
    await first;
    let read = 0;
    const pages = numbers(0, 80).map(async () => {
      await reader.page(session, numbers(1, 256));
      read += 1;
    });
    await turn();
    expect(read).toBeLessThanOrEqual(2);
    await Promise.all(pages);
  });

  test("rejects the pages that wait as soon as one fails, and reads later ones", async () => {
    const { reader, session, answerAll, failAll } = setUp(100);
    const pages = numbers(0, 500).map((i) => reader.page(session, numbers(1 + i * 10, 10)));
    const failed = Promise.allSettled(pages);
    await turn();
    failAll();
    expect(new Set((await failed).map(({ status }) => status))).toEqual(new Set(["rejected"]));
    const later = reader.page(session, numbers(1, 10));
    await answerAll();
    expect(await later).toHaveLength(10);
  });

  test("rejects every page when the session ends, and reads later ones", async () => {
    const { reader, session, answerAll } = setUp(100);
    const pages = numbers(0, 20).map((i) => reader.page(session, numbers(1 + i * 10, 10)));
    await turn();
    const rejected = Promise.all(pages.map((page) => expect(page).rejects.toThrow("gone")));
    session.lifetime.end(new Error("gone"));
    await rejected;
    const later = { ...session, lifetime: new Lifetime() };
    const page = reader.page(later, numbers(1_000, 10));
    await answerAll();
    expect(await page).toHaveLength(10);
  });
});
