import {
  type Channel,
  type EventLog,
  everyone,
  type LogEntry,
  type Position,
  topicChannel,
  userChannel,
  type WantedChannel,
} from "@sse/hub/log";
import { describe, expect, test } from "vitest";
import type { EventLogFixture, EventLogSettings, FollowedLog } from "./event-log-fixture.js";
import { appendAll, entry, follow, numbers, readAll, type Tail } from "./log-tail.js";
import { turns } from "./turns.js";

interface Context {
  skip(note: string): void;
}

type Open = (settings?: Partial<EventLogSettings>, wanted?: Channel[]) => Promise<FollowedLog>;

type OpenOther = (
  fixture: EventLogFixture,
  context: Context,
  wanted?: Channel[],
) => Promise<{ other: EventLog; otherTail: Tail }>;

const givesAll = "the log gives everything, whoever wants it";

/** The part of the contract of {@link EventLog} that is about `want` and `passed`; skipped for a log without. */
export function describeWant(open: Open, openOther: OpenOther): void {
  async function openUnwanted(context: Context) {
    const fixture = await open({}, []);
    if (fixture.log.want === undefined) context.skip(givesAll);
    const want = (channel: Channel) => fixture.log.want!(channel);
    return { ...fixture, want, wantTopic: (topic: string) => want(topicChannel(topic)) };
  }

  describe("want", () => {
    test("brings every entry of the channel after `since`, whatever comes in between", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      const { since } = wantTopic("a");
      const positions = await Promise.all(
        numbers(60).map((i) => log.append(entry(Number(i) % 3 === 0 ? "a" : "b", i))),
      );
      await tail.has(positions[57]!);
      const due = positions.filter((position, i) => i % 3 === 0 && isAfter(log, position, since));
      expect(due).toHaveLength(20);
      expectGiven(tail, due);
    });

    test("answers a `since` that is not beyond what the followers have been given or have passed", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      for (const round of numbers(8)) {
        const appended = appendAll(log, 5, "unwanted");
        await turns(Number(round));
        const { since } = wantTopic(round);
        expect(isAfter(log, since, tail.head)).toBe(false);
        await appended;
      }
    });

    test("is not needed for everyone's channel", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      const first = await log.append({ channels: [everyone], data: "1" });
      await tail.has(first);
      const wanted = wantTopic("a");
      const second = await log.append({ channels: [everyone], data: "2" });
      await tail.has(second);
      wanted.release();
      const third = await log.append({ channels: [everyone], data: "3" });
      await tail.has(third);
      expectGiven(tail, [first, second, third]);
    });

    test("brings an entry for several channels of which one is wanted, once", async (context) => {
      const { log, tail, want } = await openUnwanted(context);
      want("topic:b");
      want("user:u");
      const appended = await Promise.all([
        log.append({ channels: ["topic:a", "topic:b"], data: "1" }),
        log.append({ channels: ["topic:b", "user:u"], data: "2" }),
        log.append({ channels: [userChannel("nobody"), "topic:c", "user:u"], data: "3" }),
      ]);
      await tail.has(appended[2]!);
      expectGiven(tail, appended);
    });

    test("may come before the log is followed", async (context) => {
      const { log, tail } = await open({}, [topicChannel("a")]);
      if (log.want === undefined) context.skip(givesAll);
      const positions = await appendAll(log, 5);
      await tail.has(positions.at(-1)!);
      expectGiven(tail, positions);
    });

    test("of many channels at once, and one by one, brings the entries of all", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      for (const i of numbers(150)) wantTopic(i);
      const appended: Promise<Position>[] = [];
      for (const i of numbers(200)) {
        if (Number(i) >= 150) wantTopic(i);
        appended.push(log.append(entry(i)));
        if (Number(i) % 10 === 0) await turns(1);
      }
      const positions = await Promise.all(appended);
      await tail.has(positions.at(-1)!);
      expectGiven(tail, positions);
    });

    test.for([0, 1, 2, 5, 20, 100])(
      "in the middle of a burst, %i turns after its beginning, loses nothing of it after `since`",
      async (count, context) => {
        const { log, tail, wantTopic } = await openUnwanted(context);
        const before = appendAll(log, 50);
        await turns(count);
        const { since } = wantTopic("a");
        const after = appendAll(log, 50);
        const positions = [...(await before), ...(await after)];
        await tail.has(positions.at(-1)!);
        expectGiven(
          tail,
          positions.filter((position) => isAfter(log, position, since)),
        );
        expectGiven(tail, await after);
      },
    );

    test.for([0, 1, 2, 3, 5, 20, 100])(
      "%i turns after an append brings the entry, if it comes after `since`, also when nothing else is appended",
      async (count, context) => {
        const { log, tail, wantTopic } = await openUnwanted(context);
        const appended = log.append(entry("a"));
        await turns(count);
        const { since } = wantTopic("a");
        const position = await appended;
        await tail.reaches(position);
        expectGiven(tail, isAfter(log, position, since) ? [position] : []);
      },
    );

    test("again within a moment of the release answers what has been given since", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      const first = wantTopic("a");
      const positions = await appendAll(log, 3);
      await tail.has(positions[2]!);
      first.release();
      positions.push(...(await appendAll(log, 3)));
      const { since } = wantTopic("a");
      expect(isAfter(log, since, tail.head)).toBe(false);
      positions.push(...(await appendAll(log, 3)));
      await tail.has(positions.at(-1)!);
      expectGiven(
        tail,
        positions.filter((position) => isAfter(log, position, since)),
      );
    });

    test("of a channel that is wanted already answers that it has been since then, or later", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      wantTopic("a");
      const positions = await appendAll(log, 5);
      await tail.has(positions[4]!);
      const { since } = wantTopic("a");
      expect(isAfter(log, since, positions[4]!)).toBe(false);
      expectGiven(
        tail,
        positions.filter((position) => isAfter(log, position, since)),
      );
    });

    test("counts who wants: a channel is wanted until the last one has released it, each once", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      const [first, second] = [wantTopic("a"), wantTopic("a")];
      first.release();
      first.release();
      await turns(100);
      const positions = await appendAll(log, 3);
      await tail.has(positions[2]!);
      expectGiven(tail, positions);
      second.release();
      second.release();
      wantTopic("a");
      const more = await appendAll(log, 3);
      await tail.has(more[2]!);
      expectGiven(tail, more);
    });

    test("is for all who follow the log object", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      const second = await follow(log);
      wantTopic("a");
      const third = await follow(log);
      const positions = await appendAll(log, 10);
      for (const each of [tail, second, third]) {
        await each.has(positions[9]!);
        expectGiven(each, positions);
      }
    });

    test("is for one log object: another on the same data wants by itself", async (context) => {
      const fixture = await openUnwanted(context);
      const { other, otherTail } = await openOther(fixture, context, [topicChannel("b")]);
      fixture.wantTopic("a");
      const all = await Promise.all(
        numbers(20).map((i) =>
          (Number(i) % 2 ? fixture.log : other).append(entry(Number(i) % 4 < 2 ? "a" : "b", i)),
        ),
      );
      for (const [tail, forIt] of [
        [fixture.tail, all.filter((_, i) => i % 4 < 2)],
        [otherTail, all.filter((_, i) => i % 4 >= 2)],
      ] as const) {
        for (const position of forIt) await tail.has(position);
        expectGiven(tail, forIt);
      }
    });

    test("throws nothing, nor does releasing, when the log is closed", async (context) => {
      const { log, wantTopic } = await openUnwanted(context);
      const wanted = wantTopic("a");
      await log.close();
      expect(() => wanted.release()).not.toThrow();
      expect(() => wantTopic("b").release()).not.toThrow();
    });

    test.for([1, 2, 3, 4, 5, 6])(
      "that comes and goes all the time brings what was wanted when it came: random schedule %i",
      async (seed, context) => {
        const { log, tail, want } = await openUnwanted(context);
        const schedule = new RandomSchedule(seed, log, tail, want);
        for (let step = 0; step < 300; step += 1) await schedule.step();
        await schedule.verify();
      },
    );
  });

  describe("passed", () => {
    test("reaches the log's head in time where nobody wants what is appended", async (context) => {
      const { log, tail } = await openUnwanted(context);
      const positions = await appendAll(log, 20, "unwanted");
      await tail.reaches(positions.at(-1)!);
      await tail.reaches(await log.append(entry("unwanted")));
      expect(log.compare(tail.head, await log.head())).toBe(0);
      expect(tail.disorder).toEqual([]);
    });

    test("reaches the head also where something else is wanted, and after what was wanted", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      wantTopic("a");
      const wanted = await log.append(entry("a"));
      const last = (await appendAll(log, 20, "unwanted")).at(-1)!;
      await tail.reaches(last);
      expectGiven(tail, [wanted]);
    });

    test("is where one who follows from then on begins, or before", async (context) => {
      const { log, tail } = await openUnwanted(context);
      await tail.reaches((await appendAll(log, 5, "unwanted")).at(-1)!);
      const late = await follow(log);
      expect(log.compare(late.head, tail.head)).toBe(0);
      const next = await log.append({ channels: [everyone], data: "next" });
      await late.has(next);
      expectGiven(late, [next]);
    });
  });

  describe("read of what not everybody wants", () => {
    /** 30 entries in three topics. */
    async function filled({ log, tail }: FollowedLog): Promise<Position> {
      const start = await log.head();
      const positions = await Promise.all(
        numbers(30).map((i) => log.append(entry(String(Number(i) % 3), i))),
      );
      await tail.reaches(positions.at(-1)!);
      return start;
    }

    const of = (topic: number) => numbers(30).filter((i) => Number(i) % 3 === topic);
    const data = ({ entries }: { entries: LogEntry[] }) => entries.map((read) => read.data);

    test("is right where it never was wanted, is wanted just now, or was released", async (context) => {
      const fixture = await openUnwanted(context);
      const { log, tail, wantTopic } = fixture;
      const released = wantTopic("1");
      const start = await filled(fixture);
      released.release();
      wantTopic("2");
      const read = async (...topics: string[]) => {
        const { entries, gaps, scannedThrough } = await readAll(
          log,
          start,
          topics.map(topicChannel),
          tail.head,
          7,
        );
        expect(gaps).toEqual([]);
        expect(log.compare(scannedThrough, tail.head)).toBeGreaterThanOrEqual(0);
        return data({ entries });
      };
      for (const topic of [0, 1, 2]) expect(await read(String(topic))).toEqual(of(topic));
      expect(await read("0", "1", "2")).toEqual(numbers(30));
    });

    test("is right for the last n, wanted or not", async (context) => {
      const fixture = await openUnwanted(context);
      fixture.wantTopic("1");
      await filled(fixture);
      for (const topic of [0, 1]) {
        const channels = [topicChannel(String(topic))];
        const found = await readAll(fixture.log, { last: 4 }, channels, fixture.tail.head);
        expect(data(found)).toEqual(of(topic).slice(-4));
      }
    });

    test("tells of what is no longer held, and of nothing else", async (context) => {
      const { log, tail } = await open({ maxEventsPerTopic: 3 }, []);
      if (log.want === undefined) context.skip(givesAll);
      const start = await log.head();
      await log.append(entry("quiet", "kept"));
      const positions = await appendAll(log, 5, "noisy");
      await tail.reaches(positions[4]!);
      const noisy = await readAll(log, start, ["topic:noisy"], tail.head);
      expect([data(noisy), noisy.gaps.map(({ reason }) => reason)]).toEqual([["2", "3", "4"], ["evicted"]]);
      const quiet = await readAll(log, start, ["topic:quiet"], tail.head);
      expect(data(quiet)).toEqual(["kept"]);
    });

    test("joins what is followed without a break: what is read up to the followed head and given after it is everything", async (context) => {
      const { log, tail, wantTopic } = await openUnwanted(context);
      const start = await log.head();
      const before = appendAll(log, 40);
      await turns(3);
      wantTopic("a");
      const through = tail.head;
      const { entries } = await readAll(log, start, ["topic:a"], through);
      const after = appendAll(log, 10);
      const positions = [...(await before), ...(await after)];
      await tail.has(positions.at(-1)!);
      const given = tail.positions.filter((position) => isAfter(log, position, through));
      expect([...entries.map(({ position }) => position), ...given]).toEqual(positions);
    });
  });
}

/** Whether a place is beyond another; everything is beyond the one that is before following began. */
function isAfter(log: EventLog, position: Position, since: Position): boolean {
  return position !== "" && (since === "" || log.compare(position, since) > 0);
}

/** The entries at these positions have come, each once, and everything in the order of the log. */
function expectGiven(tail: Tail, positions: readonly Position[]): void {
  expect(tail.disorder).toEqual([]);
  const due = new Set(positions);
  expect(tail.positions.filter((position) => due.has(position)).toSorted()).toEqual(positions.toSorted());
}

/** Appends, wants and releases as chance has it. */
class RandomSchedule {
  #random: number;
  readonly #log: EventLog;
  readonly #tail: Tail;
  readonly #want: (channel: Channel) => WantedChannel;
  readonly #channels: readonly Channel[] = [everyone, "topic:a", "topic:b", "topic:c", "user:u"];
  readonly #appended: { channels: Channel[]; position: Promise<Position> }[] = [];
  readonly #held: { channel: Channel; wanted: WantedChannel; until?: Position }[] = [];

  constructor(seed: number, log: EventLog, tail: Tail, want: (channel: Channel) => WantedChannel) {
    this.#random = seed;
    this.#log = log;
    this.#tail = tail;
    this.#want = want;
  }

  async step(): Promise<void> {
    const channel = this.#channels[this.#below(5)]!;
    const choice = this.#below(100);
    if (choice < 50)
      this.#append([channel, ...(channel !== "topic:a" && choice < 10 ? ["topic:a" as const] : [])]);
    else if (choice < 65) this.#held.push({ channel, wanted: this.#want(channel) });
    else if (choice < 80) this.#release();
    else await turns(choice < 98 ? this.#below(4) : 100);
  }

  /** What was wanted when it was followed has come. */
  async verify(): Promise<void> {
    const last = await this.#log.append({ channels: [everyone], data: "last" });
    await this.#tail.has(last);
    const appended = await Promise.all(
      this.#appended.map(async ({ channels, position }) => ({ channels, position: await position })),
    );
    const entriesFor = (channel: Channel) => appended.filter(({ channels }) => channels.includes(channel));
    const positionsOf = (entries: { position: Position }[]) => entries.map(({ position }) => position);
    expectGiven(this.#tail, positionsOf(entriesFor(everyone)));
    for (const { channel, wanted, until } of this.#held) {
      const due = entriesFor(channel).filter(
        ({ position }) =>
          isAfter(this.#log, position, wanted.since) &&
          (until === undefined || !isAfter(this.#log, position, until)),
      );
      expectGiven(this.#tail, positionsOf(due));
    }
  }

  #append(channels: Channel[]): void {
    this.#appended.push({ channels, position: this.#log.append({ channels, data: "x" }) });
  }

  #release(): void {
    const held = this.#held.filter(({ until }) => until === undefined);
    if (held.length === 0) return;
    const chosen = held[this.#below(held.length)]!;
    chosen.until = this.#tail.head;
    chosen.wanted.release();
  }

  #below(bound: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * bound);
  }
}
