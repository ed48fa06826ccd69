import {
  type NewRunEntry,
  type Position,
  type RunChannel,
  type RunLog,
  runChannel,
  topicChannel,
} from "@sse/hub/log";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../settle.js";
import type { EventLogFixture } from "./event-log/fixture.js";
import { follow, numbers, readAll, type Tail } from "./event-log/tail.js";

/** Longer than any test. */
const long = 86_400_000;

interface FollowedRuns extends EventLogFixture {
  readonly runs: RunLog;
  readonly tail: Tail;
}

/**
 * Tests the contract of {@link RunLog}, one test or more for each sentence. The author of a log
 * runs it beside `describeEventLog`. Nothing is assumed about how long anything takes.
 */
export function describeRunLog(name: string, create: () => EventLogFixture | Promise<EventLogFixture>): void {
  const fixtures: EventLogFixture[] = [];

  async function open(): Promise<FollowedRuns> {
    const fixture = await create();
    fixtures.push(fixture);
    const runs = fixture.log.runs!;
    return { ...fixture, runs, tail: await follow(runs) };
  }

  /** Opens another log object on the data of one that is open. */
  async function openTwo(context: { skip(note: string): void }) {
    const first = await open();
    if (first.another === undefined) context.skip("The data of this log live in its object");
    const log = await first.another!();
    fixtures.push({ log });
    const other = log.runs!;
    return { ...first, other, otherTail: await follow(other) };
  }

  afterEach(async () => {
    for (const { log, dispose } of fixtures.splice(0)) {
      await log.close();
      await dispose?.();
    }
  });

  describe(`the RunLog of ${name}`, () => {
    describe("append", () => {
      test("resolves to the positions under which the entries are read and followed", async () => {
        const { runs, tail } = await open();
        const positions = await append(runs, "a", numbers(3));
        expect(new Set(positions).size).toBe(3);
        for (const position of positions) expect(position).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        await tail.has(positions[2]!);
        expect(tail.positions).toEqual(positions);
        const { entries } = await readAll(runs, "", ["run:a"], tail.head);
        expect(entries).toEqual(tail.entries);
        expect(entries.map(({ data }) => data)).toEqual(["0", "1", "2"]);
      });

      test("continues a run after its newest entry", async () => {
        const { runs, tail } = await open();
        const first = await append(runs, "a", ["0", "1"]);
        const second = await append(runs, "a", ["2"], first[1]!);
        const third = await append(runs, "a", ["3", "4"], second[0]!);
        await tail.has(third[1]!);
        expect(tail.positions).toEqual([...first, ...second, ...third]);
        expect(await dataOf(runs, "a", tail)).toEqual(numbers(5));
      });

      test("after the empty position creates a run once", async () => {
        const { runs, tail } = await open();
        await append(runs, "a", ["first"]);
        await expect(append(runs, "a", ["second"])).rejects.toMatchObject(conflict);
        await expectHeld(runs, tail, "a", ["first"]);
      });

      test("after an older entry, or one of another run, is a conflict and stores nothing", async () => {
        const { runs, tail } = await open();
        const [older, newest] = await append(runs, "a", ["0", "1"]);
        const [another] = await append(runs, "b", ["x"]);
        await expect(append(runs, "a", ["2"], older)).rejects.toMatchObject(conflict);
        await expect(append(runs, "a", ["2"], another)).rejects.toMatchObject(conflict);
        await append(runs, "a", ["2"], newest);
        await expectHeld(runs, tail, "a", numbers(3));
      });

      test("to a run that does not exist, after a position, is a conflict", async () => {
        const { runs, tail } = await open();
        const [position] = await append(runs, "a", ["0"]);
        await expect(append(runs, "b", ["x"], position)).rejects.toMatchObject(conflict);
        await expect(append(runs, "b", ["x"], "no position")).rejects.toMatchObject(conflict);
        await expectHeld(runs, tail, "b", []);
      });

      test("of several that are in flight after one position, stores one", async () => {
        const { runs, tail } = await open();
        const [start] = await append(runs, "a", ["start"]);
        const attempts = await Promise.allSettled(
          numbers(20).map((i) => append(runs, "a", [i, `${i} again`], start)),
        );
        const winners = numbers(20).filter((_, i) => attempts[i]!.status === "fulfilled");
        expect(winners).toHaveLength(1);
        await expectHeld(runs, tail, "a", ["start", winners[0]!, `${winners[0]} again`]);
      });

      test("to many runs at once leaves each in its order", async () => {
        const { runs, tail } = await open();
        const names = numbers(20).map((i) => `run ${i}`);
        await Promise.all(
          names.map(async (run) => {
            let after: Position = "";
            for (const i of numbers(10)) [after] = await append(runs, run, [i], after);
          }),
        );
        await tail.count(200);
        for (const run of names) expect(await dataOf(runs, run, tail)).toEqual(numbers(10));
        const followed = tail.entries.filter(({ channels }) => channels[0] === "run:run 7");
        expect(followed.map(({ data }) => data)).toEqual(numbers(10));
      });

      test.each<[string, NewRunEntry]>([
        ["only data", { data: "x" }],
        ["a name", { event: "delta", data: "1" }],
        ["a name of the hub", { event: "sse:end", data: "{}" }],
        ["empty data", { data: "" }],
        ["lines, quotes and NUL", { data: 'a\nb\r\nc\rd\0e"f\\' }],
        ["all kinds of letters", { event: "größe", data: "äé漢字🎉" }],
        ["64 KiB", { data: "0123456789abcdef".repeat(4_096) }],
      ])("gives back what was stored: %s", async (_what, stored) => {
        const { runs, tail } = await open();
        const [position] = await runs.append("run:ä:* \n", [stored], { after: "", ttl: long });
        await tail.has(position!);
        const { entries } = await readAll(runs, "", ["run:ä:* \n"], tail.head);
        expect(entries).toEqual([{ channels: ["run:ä:* \n"], ...stored, position }]);
        expect(tail.entries).toEqual(entries);
      });
    });

    describe("read", () => {
      test("has no gap where everything is held, from any entry of the run on", async () => {
        const { runs, tail } = await open();
        const positions = await append(runs, "a", numbers(10));
        await append(runs, "b", ["other"]);
        await tail.count(11);
        for (const [i, position] of positions.entries()) {
          const { entries, gaps } = await readAll(runs, position, ["run:a"], tail.head, 3);
          expect(entries.map(({ data }) => data)).toEqual(numbers(10).slice(i + 1));
          expect(gaps).toEqual([]);
        }
      });

      test("continues from positions of other runs, which are in the same order", async () => {
        const { runs, tail } = await open();
        const [first] = await append(runs, "a", ["0"]);
        const [between] = await append(runs, "b", ["other"]);
        const [second] = await append(runs, "a", ["1"], first);
        await tail.has(second!);
        expect(runs.compare(first!, between!)).toBeLessThan(0);
        expect(runs.compare(between!, second!)).toBeLessThan(0);
        const { entries, gaps } = await readAll(runs, between!, ["run:a"], tail.head);
        expect(entries.map(({ data }) => data)).toEqual(["1"]);
        expect(gaps).toEqual([]);
      });

      test("finds the newest entries of a run among those of others", async () => {
        const { runs, tail } = await open();
        const first = await append(runs, "a", numbers(5));
        await append(runs, "b", numbers(50));
        await tail.count(55);
        const page = await runs.read({ last: 2 }, { channels: channels("a"), through: tail.head, limit: 10 });
        expect(page.entries.map(({ position }) => position)).toEqual(first.slice(3));
      });

      test("keeps thousands of entries of one run", async () => {
        const { runs, tail } = await open();
        let after: Position = "";
        for (let i = 0; i < 30; i += 1)
          after = (
            await append(
              runs,
              "a",
              numbers(100).map((n) => `${i}.${n}`),
              after,
            )
          ).at(-1)!;
        await tail.has(after);
        const data = await dataOf(runs, "a", tail);
        expect(data).toHaveLength(3_000);
        expect(data[0]).toBe("0.0");
        expect(data.at(-1)).toBe("29.99");
      });
    });

    describe("a release", () => {
      test("removes the whole run soon after its ttl", async () => {
        const { runs, tail } = await open();
        const [first, last] = await append(runs, "a", ["0", "1"], "", 1);
        await tail.has(last!);
        await until(async () => (await dataOf(runs, "a", tail)).length === 0);
        const { gaps } = await readAll(runs, first!, ["run:a"], tail.head);
        expect(gaps.map(({ reason }) => reason)).toEqual(["evicted"]);
      });

      test("leaves the readers that had received everything without a gap", async () => {
        const { runs, tail } = await open();
        const [, last] = await append(runs, "a", ["0", "1"], "", 1);
        await tail.has(last!);
        await until(async () => (await dataOf(runs, "a", tail)).length === 0);
        expect((await readAll(runs, last!, ["run:a"], tail.head)).gaps).toEqual([]);
      });

      test("makes a later append after the run's entries a conflict, and the name free", async () => {
        const { runs, tail } = await open();
        const [old] = await append(runs, "a", ["old"], "", 1);
        await tail.has(old!);
        await until(async () => (await dataOf(runs, "a", tail)).length === 0);
        await expect(append(runs, "a", ["late"], old)).rejects.toMatchObject(conflict);
        const [fresh] = await append(runs, "a", ["new"]);
        expect(runs.compare(old!, fresh!)).toBeLessThan(0);
        await expectHeld(runs, tail, "a", ["new"]);
      });

      test("waits for the ttl of the newest append, and leaves other runs alone", async () => {
        const { runs, tail } = await open();
        // The first ttl may pass before the second append, which then finds the name free.
        let ttl = 1;
        for (let isKept = false; !isKept; ttl *= 2) {
          const [first] = await append(runs, "kept", ["0"], "", ttl);
          isKept = await append(runs, "kept", ["1"], first, long).then(
            () => true,
            () => false,
          );
        }
        await append(runs, "other", ["x"]);
        const [shortened] = await append(runs, "shortened", ["0"]);
        const [last] = await append(runs, "shortened", ["1"], shortened, ttl);
        await tail.has(last!);
        await until(async () => (await dataOf(runs, "shortened", tail)).length === 0);
        expect(await dataOf(runs, "kept", tail)).toEqual(["0", "1"]);
        expect(await dataOf(runs, "other", tail)).toEqual(["x"]);
      });
    });

    describe("beside the topics of its log", () => {
      test("has an order and a retention of its own", async () => {
        const { log, runs, tail } = await open();
        const topics = await follow(log);
        await append(runs, "a", numbers(50));
        const position = await log.append({ channels: [topicChannel("a")], data: "topic" });
        await topics.has(position);
        await tail.count(50);
        expect(topics.data).toEqual(["topic"]);
        expect(await log.head()).toBe(position);
        expect(await dataOf(runs, "a", tail)).toEqual(numbers(50));
      });

      test("is closed with its log", async () => {
        const { log, runs, tail } = await open();
        const head = tail.head;
        await log.close();
        const closed = { code: "closed" };
        await expect(append(runs, "a", ["x"])).rejects.toMatchObject(closed);
        await expect(runs.head()).rejects.toMatchObject(closed);
        const options = { channels: channels("a"), through: head, limit: 1 };
        await expect(runs.read(head, options)).rejects.toMatchObject(closed);
        expect(() => runs.follow({ reset() {}, entries() {}, passed() {}, error() {} })).toThrow(
          expect.objectContaining(closed),
        );
      });
    });

    describe("head", () => {
      test("is the newest entry's position from the moment at which its append has resolved", async () => {
        const { runs, tail } = await open();
        expect(await runs.head()).toBe(tail.head);
        for (const run of numbers(3)) {
          const positions = await append(runs, run, ["0", "1"]);
          expect(await runs.head()).toBe(positions[1]);
        }
      });
    });

    describe("two log objects on the same data", () => {
      test("are one log: each follows and reads what the other appends", async (context) => {
        const { runs, tail, other, otherTail } = await openTwo(context);
        const [first] = await append(runs, "a", ["0"]);
        const [second] = await append(other, "a", ["1"], first);
        const [third] = await append(runs, "a", ["2"], second);
        await tail.has(third!);
        await otherTail.has(third!);
        expect(otherTail.entries).toEqual(tail.entries);
        expect(await dataOf(other, "a", otherTail)).toEqual(numbers(3));
      });

      test("store one of the appends after one position", async (context) => {
        const { runs, tail, other } = await openTwo(context);
        let after: Position = "";
        const expected: string[] = [];
        for (const i of numbers(20)) {
          const attempts = await Promise.allSettled([
            append(runs, "a", [`first ${i}`], after),
            append(other, "a", [`second ${i}`], after),
          ]);
          const winner = attempts.findIndex(({ status }) => status === "fulfilled");
          expect(attempts.filter(({ status }) => status === "rejected")).toHaveLength(1);
          [after] = (attempts[winner] as PromiseFulfilledResult<readonly Position[]>).value as [Position];
          expected.push(`${winner === 0 ? "first" : "second"} ${i}`);
        }
        await expectHeld(runs, tail, "a", expected);
      });
    });
  });
}

const conflict = { code: "append-conflict" };

function append(
  runs: RunLog,
  run: string,
  data: readonly string[],
  after: Position = "",
  ttl = long,
): Promise<[Position, ...Position[]]> {
  const entries = data.map((text) => ({ data: text }));
  return runs.append(runChannel(run), entries, { after, ttl }) as Promise<[Position, ...Position[]]>;
}

function channels(run: string): ReadonlySet<RunChannel> {
  return new Set([runChannel(run)]);
}

async function dataOf(runs: RunLog, run: string, tail: Tail): Promise<string[]> {
  const { entries } = await readAll(runs, "", [runChannel(run)], tail.head);
  return entries.map(({ data }) => data);
}

/** Expects exactly this once everything that is stored has been followed. */
async function expectHeld(runs: RunLog, tail: Tail, run: string, data: string[]): Promise<void> {
  await tail.reaches(await runs.head());
  expect(await dataOf(runs, run, tail)).toEqual(data);
}
