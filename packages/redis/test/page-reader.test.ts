import { type Channel, type EpochOffset, offsetIn, type ReadOptions, systemClock } from "@sse/hub/log";
import { expect, test, vi } from "vitest";
import type { Link } from "../src/link.js";
import { PageReader } from "../src/read/page-reader.js";
import type { Store } from "../src/store.js";
import { Stretch, type StretchContent, type StretchRequest } from "../src/stretch.js";

const epoch = "abcdefghij01";
const at = (offset: number) => `${epoch}-${offset}-t${offset}`;

interface Call {
  readonly request: StretchRequest;
  /** Answers with those of 1 to 9 that match; each is for topic `a`, every third also for `b`. */
  answer(content?: Partial<StretchContent>): void;
  fail(): void;
}

/** A reader on a store that answers when a test says so. */
function readerOn(): { reader: PageReader; calls: Call[]; link: { isOpen: boolean } } {
  const calls: Call[] = [];
  const link = { isOpen: true, connected: async () => ({}), close() {} };
  const store = {
    read: (_opened: unknown, request: StretchRequest) =>
      new Promise((resolve, reject) => {
        calls.push({
          request,
          answer: (content) => resolve(new Stretch(request, contentOf(request, content))),
          fail: () => reject(new Error("Redis did not answer")),
        });
      }),
  };
  const reader = new PageReader(link as unknown as Link<EpochOffset>, store as unknown as Store, systemClock);
  return { reader, calls, link };
}

function contentOf(request: StretchRequest, content: Partial<StretchContent> = {}): StretchContent {
  const entries = [];
  for (let offset = offsetIn(epoch, String(request.start)) + 1; offset <= 9; offset += 1) {
    const channels: Channel[] = offset % 3 === 0 ? ["topic:a", "topic:b"] : ["topic:a"];
    if (!channels.some((channel) => request.channels.has(channel))) continue;
    entries.push({ offset, entry: { position: at(offset), channels, data: String(offset) } });
  }
  return {
    epoch,
    entries,
    scannedThrough: offsetIn(epoch, request.through),
    evictions: "0",
    isKnown: true,
    evictedChannels: new Set(),
    knownStarts: [...request.otherStarts],
    ...content,
  };
}

function options({
  topics = ["a"],
  ...more
}: Partial<ReadOptions> & { topics?: string[] } = {}): ReadOptions {
  const channels = new Set(topics.map((topic): Channel => `topic:${topic}`));
  return { channels, through: at(9), limit: 256, ...more };
}

const turns = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

const dataOf = ({ entries }: { entries: readonly { data: string }[] }) =>
  entries.map(({ data }) => data).join("");

test("a few calls are in flight, however many readers there are", async () => {
  const { reader, calls } = readerOn();
  const reads = Array.from({ length: 20 }, (_, i) =>
    reader.read(at(300 * i), options({ through: at(9_999) })),
  );
  await turns();
  expect(calls).toHaveLength(2);
  for (let i = 0; i < 20; i += 1) {
    calls[i]!.answer();
    await turns();
    expect(calls).toHaveLength(Math.min(20, i + 3));
  }
  expect(await Promise.all(reads)).toHaveLength(20);
});

test("readers that wait are one call, each with its own channels, start and limit", async () => {
  const { reader, calls } = readerOn();
  const busy = [reader.read(at(0), options()), reader.read(`${epoch}-0-other`, options())];
  await turns();
  const reads = [
    reader.read(at(0), options({ topics: ["b", "c"] })),
    reader.read(at(3), options({ topics: ["a", "d"], limit: 2 })),
    reader.read(at(4), options({ topics: ["b", "d"], through: at(7) })),
  ];
  await turns();
  expect(calls).toHaveLength(2);
  calls[1]!.answer();
  await turns();
  expect([...calls[2]!.request.channels]).toEqual(["topic:b", "topic:c", "topic:a", "topic:d"]);
  calls[2]!.answer();
  const pages = await Promise.all(reads);
  expect(pages.map(dataOf)).toEqual(["369", "45", "6"]);
  expect(pages.map(({ scannedThrough }) => scannedThrough)).toEqual([at(9), at(5), at(7)]);
  calls[0]!.answer();
  await Promise.all(busy);
  expect(calls).toHaveLength(3);
});

test("a reader that asks while its stretch is read, or within a second after, waits for no other call", async () => {
  const { reader, calls } = readerOn();
  const first = reader.read(at(0), options());
  await turns();
  const meanwhile = reader.read(at(0), options({ through: at(8) }));
  calls[0]!.answer();
  expect(dataOf(await first)).toBe("123456789");
  expect(dataOf(await meanwhile)).toBe("12345678");
  expect(dataOf(await reader.read(at(5), options()))).toBe("6789");
  expect(calls).toHaveLength(1);
});

test("a stretch that only one reader has read is not kept", async () => {
  const { reader, calls } = readerOn();
  const first = reader.read(at(0), options());
  await turns();
  calls[0]!.answer();
  await first;
  void reader.read(at(0), options());
  await turns();
  expect(calls).toHaveLength(2);
});

test("a stretch counts the keys and names of its entries, which are kept with it", async () => {
  const { reader, calls } = readerOn();
  const page = reader.read(at(0), options({ maxBytes: 3_000 }));
  await turns();
  const { entries } = contentOf(calls[0]!.request);
  const large = entries.map(({ offset, entry }) => ({
    offset,
    entry: { ...entry, event: "e".repeat(500), conflateKey: "k".repeat(500) },
  }));
  calls[0]!.answer({ entries: large });
  expect((await page).entries).toHaveLength(2);
});

test("only the readers of a channel with evicted entries have a gap", async () => {
  const { reader, calls } = readerOn();
  const busy = ["other", "another"].map((tag) => reader.read(`${epoch}-0-${tag}`, options()));
  await turns();
  const [a, b] = [reader.read(at(0), options()), reader.read(at(0), options({ topics: ["b"] }))];
  // Entries of its channel may have been evicted ahead of this start only.
  const later = reader.read(at(1), options({ topics: ["b"] }));
  calls[1]!.answer();
  await turns();
  calls[2]!.answer({ evictedChannels: new Set(["topic:b"]) });
  expect((await a).gap).toBeUndefined();
  expect((await b).gap).toEqual({ reason: "evicted", resumesAfter: at(2) });
  await turns();
  calls[3]!.answer();
  expect((await later).gap).toBeUndefined();
  calls[0]!.answer();
  await Promise.all(busy);
});

test("a start of a rewritten history is not answered from the stretch of another", async () => {
  const { reader, calls } = readerOn();
  const busy = [reader.read(at(0), options()), reader.read(`${epoch}-0-other`, options())];
  await turns();
  const rewritten = reader.read(`${epoch}-3-rewritten`, options());
  calls[0]!.answer({ knownStarts: [] });
  await turns();
  expect(calls[2]!.request.start).toBe(`${epoch}-3-rewritten`);
  calls[2]!.answer({ isKnown: false });
  expect((await rewritten).gap?.reason).toBe("unknown");
  calls[1]!.answer();
  await Promise.all(busy);
});

test("a start that is known has no gap because another reader's start is not", async () => {
  const { reader, calls } = readerOn();
  const busy = [reader.read(at(5), options()), reader.read(`${epoch}-5-other`, options())];
  await turns();
  const reads = [reader.read(`${epoch}-2-other`, options()), reader.read(at(3), options())];
  await turns();
  calls[0]!.answer();
  await turns();
  expect([...calls[2]!.request.otherStarts]).toEqual([at(3)]);
  calls[2]!.answer({ isKnown: false });
  expect((await reads[0]!).gap?.reason).toBe("unknown");
  await turns();
  calls[3]?.answer();
  const page = await reads[1]!;
  expect([dataOf(page), page.gap]).toEqual(["456789", undefined]);
  calls[1]!.answer();
  await Promise.all(busy);
});

test("a start of this epoch has no gap because a reader from an earlier epoch has one", async () => {
  const { reader, calls } = readerOn();
  const busy = [reader.read("zyxwvutsrq98-7-old", options()), reader.read(at(0), options())];
  await turns();
  const current = reader.read(at(3), options());
  await turns();
  const { entries } = contentOf({ ...calls[0]!.request, start: at(0) });
  calls[0]!.answer({ isKnown: false, entries });
  expect((await busy[0]!).gap?.reason).toBe("epoch");
  await turns();
  calls[2]?.answer();
  const page = await current;
  expect([dataOf(page), page.gap]).toEqual(["456789", undefined]);
  calls[1]!.answer();
  await Promise.all(busy);
});

test("a page of the newest entries, which tells no evictions, answers no reader that starts within it", async () => {
  const { reader, calls } = readerOn();
  const busy = [reader.read({ last: 4 }, options()), reader.read(at(0), options())];
  await turns();
  const within = reader.read(at(7), options({ limit: 1 }));
  await turns();
  const { entries } = contentOf({ ...calls[0]!.request, start: at(5) });
  calls[0]!.answer({ entries });
  expect(dataOf(await busy[0]!)).toBe("6789");
  await turns();
  calls[2]?.answer({ evictedChannels: new Set<Channel>(["topic:a"]) });
  expect((await within).gap?.reason).toBe("evicted");
  calls[1]!.answer();
  await Promise.all(busy);
});

test("a server that does not answer is not waited for by one reader after the other", async () => {
  const { reader, calls, link } = readerOn();
  const reads = Array.from({ length: 20 }, (_, i) =>
    reader.read(at(i * 300), options()).catch((error) => error.code),
  );
  await turns();
  link.isOpen = false;
  for (const call of [...calls]) call.fail();
  expect(new Set(await Promise.all(reads))).toEqual(new Set(["log-unavailable"]));
  expect(calls).toHaveLength(2);
});

test("a call looks through a bounded number of those that wait, however many there are", async () => {
  const { reader, calls } = readerOn();
  const through = at(9_999_999);
  for (let i = 0; i < 5_000; i += 1) reader.read(at(300 * i), options({ through })).catch(() => {});
  await turns();
  const answers = vi.spyOn(Stretch.prototype, "answers");
  calls[0]!.answer();
  await turns();
  expect(answers.mock.calls.length).toBeLessThanOrEqual(1_000);
  answers.mockRestore();
  reader.close();
});
