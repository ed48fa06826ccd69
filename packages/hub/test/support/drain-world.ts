import { EventStream } from "@sse/core";
import fc from "fast-check";
import { createHub, type Hub } from "../../src/hub.js";
import type { EventLog } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import { ManualClock, settle } from "./clock.js";
import { Violation } from "./ledger.js";
import { FakeSink, openStream } from "./sink.js";
import { WireReader } from "./wire-reader.js";
import type { Tally } from "./world.js";

const topics = ["a", "b"];

type DrainStep =
  | { do: "publish"; topic: number; size: number }
  | { do: "tick" | "settle" }
  | { do: "pass"; milliseconds: number }
  | { do: "stall" | "flow" | "leave"; client: number }
  | { do: "knock"; chance: number };

export interface DrainSchedule {
  readonly clients: readonly { topic: number; capacity: number; cut: number; stalled: boolean }[];
  readonly drain: number;
  readonly before: readonly DrainStep[];
  readonly during: readonly DrainStep[];
  readonly after: readonly DrainStep[];
}

const step: fc.Arbitrary<DrainStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      topic: fc.nat(1),
      size: fc.constantFrom(1, 30),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("tick" as const, "settle" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass" as const), milliseconds: fc.constantFrom(5, 40, 300) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("stall" as const, "stall" as const, "flow" as const, "leave" as const),
      client: fc.nat(20),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("knock" as const),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
);

const steps = (maxLength: number) => fc.array(step, { maxLength, size: "max" as const });

export const drainSchedules: fc.Arbitrary<DrainSchedule> = fc.record({
  clients: fc.array(
    fc.record({
      topic: fc.nat(1),
      capacity: fc.constantFrom(65_536, 40, 120),
      cut: fc.nat(1_000),
      stalled: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  drain: fc.constantFrom(0, 1, 50, 1_000, 5_000),
  before: steps(25),
  during: steps(40),
  after: steps(15),
});

/** Ends only when the client has taken what was written, as a socket does. */
class SlowSink extends FakeSink {
  readonly #capacity: number;

  constructor(capacity: number) {
    super(capacity);
    this.#capacity = capacity;
  }

  override close(): void {
    this.ending ??= "closed";
    if (this.room === this.#capacity) this.leave();
  }

  override destroy(): void {
    if (!this.over) this.ending = "destroyed";
    this.leave();
  }

  override take(bytes?: number): void {
    super.take(bytes);
    if (this.ending === "closed" && this.room === this.#capacity) this.leave();
  }
}

interface Client {
  readonly topic: string;
  readonly sink: SlowSink;
  /** The share of the written bytes that the client has seen if it is cut off, in thousandths. */
  readonly cut: number;
  /** Whether it went by itself. */
  left: boolean;
}

/** A hub that is drained while events are published, and its successor on the same log. */
export class DrainWorld {
  readonly #schedule: DrainSchedule;
  readonly #tally: Tally;
  readonly #clock = new ManualClock();
  readonly #log: EventLog = createMemoryLog({ now: () => this.#clock.now() });
  readonly #clients: Client[];
  readonly #published: { topic: string; data: string }[] = [];
  /** The times at which the hub ended a connection, after the drain began. */
  readonly #endings: number[] = [];
  #followers = 0;
  #hub: Hub;
  #drainBegan = 0;
  #closed = false;

  constructor(schedule: DrainSchedule, tally: Tally) {
    this.#schedule = schedule;
    this.#tally = tally;
    this.#hub = this.#createHub();
    this.#hub.on("disconnect", ({ reason }) => {
      if (reason === "server") this.#endings.push(this.#clock.now() - this.#drainBegan);
    });
    this.#clients = schedule.clients.map(({ topic, capacity, cut, stalled }) => {
      const sink = new SlowSink(capacity);
      if (stalled) sink.stall();
      const stream = new EventStream(sink, { timers: this.#clock });
      this.#hub.connect(stream, { topics: topics[topic]! });
      return { topic: topics[topic]!, sink, cut, left: false };
    });
  }

  async run(): Promise<void> {
    const { before, during, after, drain } = this.#schedule;
    for (const next of before) await this.#step(next, false);
    await settle();
    this.#drainBegan = this.#clock.now();
    const open = this.#hub.connectionCount();
    const closing = this.#hub.close({ drain });
    void closing.then(() => {
      this.#closed = true;
    });
    for (const next of during) await this.#step(next, true);
    await settle();
    await this.#clock.pass(Math.max(0, this.#drainBegan + drain - this.#clock.now()));
    await settle();
    this.#verifyEndings(open);
    // Those that were ended and still have bytes to take hold the hub up, and no others do.
    if (this.#closed !== this.#clients.every(({ sink }) => sink.over))
      throw new Violation(`closed is ${this.#closed}, and not because of open transports`);
    for (const { sink } of this.#clients) sink.flow();
    await closing;
    if (this.#followers > 0) throw new Violation("the hub follows its log after its end");
    if (this.#clock.timers > 0) throw new Violation("a timer runs after the end");
    if (this.#hub.connections().length > 0) throw new Violation("connections are left");
    await this.#restart(after);
    await this.#log.close();
  }

  #createHub(): Hub {
    const log = this.#log;
    const counted: EventLog = {
      append: (entry, options) => log.append(entry, options),
      read: (start, options) => log.read(start, options),
      head: () => log.head(),
      compare: (a, b) => log.compare(a, b),
      close: () => log.close(),
      follow: (follower) => {
        this.#followers += 1;
        const stop = log.follow(follower);
        return () => {
          this.#followers -= 1;
          stop();
        };
      },
    };
    return createHub({ log: counted, clock: this.#clock, slowReader: { stallTimeout: 0 } });
  }

  async #step(next: DrainStep, draining: boolean): Promise<void> {
    switch (next.do) {
      case "publish":
        return this.#publish(topics[next.topic]!, next.size);
      case "tick":
        return this.#clock.endTick();
      case "settle":
        return settle();
      case "pass":
        // A turn takes no time.
        await settle();
        return this.#clock.pass(next.milliseconds);
      case "knock":
        if (draining) this.#knock(next.chance);
        return;
      default: {
        const client = this.#clients[next.client % this.#clients.length]!;
        if (next.do === "stall") client.sink.stall();
        if (next.do === "flow") client.sink.flow();
        if (next.do !== "leave" || client.sink.ending !== undefined) return;
        client.left ||= !client.sink.over;
        client.sink.leave();
        return settle();
      }
    }
  }

  /** Publishing goes on until the last connection has closed. */
  #publish(topic: string, size: number): void {
    if (this.#closed || this.#clients.every(({ sink }) => sink.over)) return;
    const data = `${this.#published.length}:${"x".repeat(size)}`;
    this.#published.push({ topic, data });
    void this.#hub.publish(topic, { data }).catch((error: unknown) => {
      this.#fault = error;
    });
  }

  #fault: unknown;

  /** A client that comes during the drain is sent away for longer than the rest of it. */
  #knock(chance: number): void {
    this.#clock.chance = chance;
    const { stream, sink } = openStream(this.#clock);
    const connection = this.#hub.connect(stream, { user: "late" });
    const left = Math.max(0, this.#drainBegan + this.#schedule.drain - this.#clock.now());
    const [told, ...more] = sink.blocks;
    const retry = told?.retry ?? 0;
    if (connection.state !== "closed" || more.length > 0 || told?.data !== '{"reason":"closing"}')
      throw new Violation(`who came during the drain was told ${sink.text}`);
    if (retry < left + 5_000 || retry > left + 15_000)
      throw new Violation(`a retry of ${retry} with ${left} ms left`);
    if (this.#hub.isOnline("late")) throw new Violation("a refused user is online");
    this.#tally.add("refused");
  }

  /** All within the drain, and no more of them at any moment than its share of time. */
  #verifyEndings(open: number): void {
    if (this.#fault !== undefined) throw new Violation(`a publish failed during the drain: ${this.#fault}`);
    const { drain } = this.#schedule;
    const stillOpen = this.#clients.filter(({ sink }) => sink.ending === undefined && !sink.over);
    if (stillOpen.length > 0) throw new Violation(`${stillOpen.length} are open after the drain`);
    this.#endings.forEach((at, i) => {
      if (at > drain) throw new Violation(`one was ended ${at - drain} ms after the drain`);
      const due = drain === 0 ? open : Math.ceil((open * at) / drain) + 1;
      if (i + 1 > due) throw new Violation(`${i + 1} of ${open} were ended after ${at} of ${drain} ms`);
    });
    for (const { sink } of this.#clients) if (sink.ending === "destroyed") this.#tally.add("destroyed");
  }

  /** Everybody comes back to another hub on the same log, which has gone on meanwhile. */
  async #restart(after: readonly DrainStep[]): Promise<void> {
    this.#hub = this.#createHub();
    this.#closed = false;
    const returning = this.#clients.map((client) => {
      const reader = new WireReader();
      const seen = this.#dataIn(reader, client);
      const { stream, sink } = openStream(this.#clock, { lastEventId: reader.lastEventId });
      this.#hub.connect(stream, { topics: client.topic });
      return { client, sink, seen, resumed: reader.lastEventId !== "" };
    });
    for (const next of after) {
      if (next.do === "publish") {
        const { topic, size } = next;
        const data = `${this.#published.length}:${"x".repeat(size)}`;
        this.#published.push({ topic: topics[topic]!, data });
        void this.#hub.publish(topics[topic]!, { data });
      }
    }
    await settle();
    this.#clock.endTick();
    await settle();
    for (const { client, sink, seen, resumed } of returning) {
      const later = sink.blocks.flatMap(({ type, data }) => (type === "message" ? (data ?? []) : []));
      if (sink.blocks.some(({ type }) => type === "sse:gap")) throw new Violation("a gap after a restart");
      this.#tally.add("received before", seen.length);
      this.#tally.add("received after", later.length);
      if (!resumed) continue;
      const owed = this.#published.filter(({ topic }) => topic === client.topic).map(({ data }) => data);
      if ([...seen, ...later].join() !== owed.join())
        throw new Violation(`owed ${owed.join()}, received ${seen.join()} and then ${later.join()}`);
    }
    await this.#hub.close();
  }

  /**
   * Returns the data that the client read from what it got: everything, or if it was cut off any
   * part of it.
   */
  #dataIn(reader: WireReader, { sink, cut, left }: Client): string[] {
    const whole = sink.writes.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const wasCut = left || sink.ending === "destroyed";
    let rest = wasCut ? Math.round((whole * cut) / 1_000) : whole;
    return sink.writes.flatMap((bytes) => {
      const part = bytes.subarray(0, rest);
      rest -= part.byteLength;
      return reader.read(part).flatMap(({ type, data }) => (type === "message" ? (data ?? []) : []));
    });
  }
}
