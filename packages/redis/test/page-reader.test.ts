import type { EpochOffset, LogPage, ReadOptions, ReadStart } from "@sse/hub/log";
import { expect, test } from "vitest";
import type { Link } from "../src/link.js";
import { PageReader } from "../src/page-reader.js";
import type { Store } from "../src/store.js";

const epoch = "abcdefghij01";
const at = (offset: number) => `${epoch}-${offset}-t${offset}`;

interface Request {
  readonly start: ReadStart;
  readonly settle: (page: LogPage | Error) => void;
}

/** A reader on a store that answers when a test says so. */
function readerOn(): { reader: PageReader; requests: Request[]; link: { isOpen: boolean } } {
  const requests: Request[] = [];
  const link = { isOpen: true, connected: async () => ({}), close() {} };
  const store = {
    read: (_opened: unknown, start: ReadStart) =>
      new Promise((resolve, reject) => {
        const settle = (page: LogPage | Error) => (page instanceof Error ? reject(page) : resolve(page));
        requests.push({ start, settle });
      }),
  };
  const reader = new PageReader(link as unknown as Link<EpochOffset>, store as unknown as Store);
  return { reader, requests, link };
}

function options(more: Partial<ReadOptions> = {}): ReadOptions {
  return { channels: new Set(["topic:a"] as const), through: at(9), limit: 256, ...more };
}

function page(from: number, to: number): LogPage {
  const entries = [];
  for (let offset = from; offset <= to; offset += 1)
    entries.push({ position: at(offset), channels: ["topic:a" as const], data: String(offset) });
  return { entries, scannedThrough: at(to), evictions: "0" };
}

const turns = async () => {
  for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test("a few reads are in flight, however many readers there are", async () => {
  const { reader, requests } = readerOn();
  const reads = Array.from({ length: 20 }, (_, i) => reader.read(at(i), options({ through: at(20) })));
  await turns();
  expect(requests).toHaveLength(4);
  for (let i = 0; i < 20; i += 1) {
    requests[i]!.settle({ ...page(20, 20), gap: { reason: "evicted", resumesAfter: at(19) } });
    await turns();
    expect(requests).toHaveLength(Math.min(20, i + 5));
  }
  expect(await Promise.all(reads)).toHaveLength(20);
});

test("a page answers the readers of its stretch that waited for it, each from its own start", async () => {
  const { reader, requests } = readerOn();
  const first = Array.from({ length: 4 }, () => reader.read(at(0), options()));
  const behind = reader.read(at(0), options());
  const within = reader.read(at(3), options({ limit: 2 }));
  const others = [
    reader.read(at(0), options({ channels: new Set(["topic:b"]) })),
    reader.read(`${epoch}-3-rewritten`, options()),
    reader.read(at(0), options({ through: at(5) })),
  ];
  await turns();
  requests[0]!.settle(page(1, 9));
  expect(await behind).toEqual(page(1, 9));
  expect(await within).toEqual({ ...page(4, 5), evictions: "0" });
  for (let i = 0; i < 10; i += 1) {
    for (const request of requests) request.settle(page(1, 9));
    await turns();
  }
  await Promise.all([...first, ...others]);
  expect(requests.map(({ start }) => start).slice(4)).toEqual([at(0), `${epoch}-3-rewritten`, at(0)]);
});

test("a server that does not answer is not waited for by one reader after the other", async () => {
  const { reader, requests, link } = readerOn();
  const reads = Array.from({ length: 20 }, () => reader.read(at(0), options()).catch((error) => error.code));
  await turns();
  link.isOpen = false;
  requests[0]!.settle(new Error("Redis did not answer"));
  await turns();
  for (const request of requests.slice(1)) request.settle(new Error("Redis did not answer"));
  expect(new Set(await Promise.all(reads))).toEqual(new Set(["log-unavailable"]));
  expect(requests).toHaveLength(4);
});
