import { createHub, type Hub } from "../../src/hub.js";
import type { EventLog, LogEntry } from "../../src/log/event-log.js";
import { createMemoryLog } from "../../src/log/memory-log.js";
import type { SlowReaderPolicy } from "../../src/options.js";
import type { PublishOptions } from "../../src/publish/publication.js";
import type { HubConnection } from "../../src/subscription.js";
import { ManualClock, settle } from "./clock.js";
import { InstanceLog } from "./instance-log.js";
import {
  type EphemeralRecord,
  Ledger,
  type LedgerRules,
  type LedgerStart,
  type LogLife,
  Violation,
} from "./ledger.js";
import { type ModelEntry, RetentionModel } from "./retention-model.js";
import type { Beginning, Schedule, ScheduleSettings, Step } from "./schedule.js";
import { type FakeSink, openStream } from "./sink.js";
import { WireReader } from "./wire-reader.js";

const topics = ["a", "b", "c", "d"];
const heartbeatInterval = 1_000;

/**
 * The audiences that events are published to: everyone, one topic, several topics, one user,
 * several users.
 */
const audiences: { topics?: string[]; users?: string[] }[] = [
  {},
  { topics: ["a"] },
  { topics: ["a"] },
  { topics: ["b"] },
  { topics: ["c"] },
  { topics: ["a", "b"] },
  { topics: ["b", "c"] },
  { topics: ["d"] },
  { users: ["ann"] },
  { users: ["bob"] },
  { users: ["ann", "bob"] },
];

/** The identities of the clients. Two are tabs of one user. */
const identities: { user?: string; topics: string[] }[] = [
  { user: "ann", topics: ["a"] },
  { user: "ann", topics: ["b"] },
  { user: "bob", topics: ["a", "b", "c"] },
  { topics: [] },
];

/** A connection as the schedule sees it. */
interface Session {
  readonly sink: FakeSink;
  readonly connection: HubConnection;
  readonly ledger: Ledger;
  readonly instance: Instance;
  readonly reader: WireReader;
  /** The bytes that were written and have not been entered in the ledger. */
  pending: { bytes: Uint8Array; moment: number }[];
  /**
   * The bytes that were entered, block by block, with the end of each block among the bytes
   * written.
   */
  readonly writes: { bytes: Uint8Array; moment: number }[];
  /** Ephemeral events that must arrive by the end of the tick. */
  readonly expected: Set<number>;
}

/**
 * The entries that a client has seen since it last began without an id, over all its connections.
 */
interface Book {
  readonly life: LogLife;
  readonly after: number;
  readonly received: Map<number, number>;
  readonly gaps: number[];
  /** Whether it followed the same all the time. */
  steady: boolean;
}

interface Client {
  readonly user: string | undefined;
  readonly topics: Set<string>;
  /** The id that it would show, and the life of the log that it is from. */
  shownId: string;
  shownIn: LogLife | undefined;
  session: Session | undefined;
  book: Book | undefined;
}

interface Instance {
  readonly hub: Hub;
  readonly log: InstanceLog;
}

/**
 * Runs a schedule against a real hub, and enters all that happens in the ledgers of the
 * connections.
 */
class World {
  readonly tally: Tally;
  readonly #settings: ScheduleSettings;
  readonly #clock = new ManualClock();
  readonly #rules: LedgerRules;
  readonly #ephemerals: EphemeralRecord[] = [];
  readonly #clients: Client[] = identities.map(({ user, topics: own }) => ({
    user,
    topics: new Set(own),
    shownId: "",
    shownIn: undefined,
    session: undefined,
    book: undefined,
  }));
  #log: EventLog;
  #life: LogLife;
  #instances: Instance[];
  /** Counts everything that happens: what is evicted or written in one step has the same moment. */
  #moment = 0;
  /** The error of a step where nothing can be thrown. */
  #fault: string | undefined;
  /** Connections that the hub said were behind. */
  readonly #lagged = new Set<string>();
  /** By connection, how many entries the hub said it had left out for newer ones. */
  readonly #leftOut = new Map<string, number>();
  #nextInstance = 0;

  constructor(settings: ScheduleSettings, tally: Tally) {
    this.#settings = settings;
    this.tally = tally;
    const strict = !settings.lags && settings.gate !== "after";
    this.#rules = {
      strict,
      ephemerals: this.#ephemerals,
      conflates: settings.policy === "conflate",
      pageSize: Math.min(settings.pageLimit, 256),
      windowSize: settings.window.maxEvents,
    };
    this.#log = this.#createLog();
    this.#life = this.#createLife(this.#log);
    this.#instances = this.#createInstances();
    this.#clock.onTime = () => {
      this.#moment += 1;
      this.#life.model.expire(this.#clock.now(), this.#moment);
    };
  }

  /** Runs a step. Without a promise in the answer, the next one follows in the same turn. */
  run(step: Step): Promise<void> | void {
    this.#moment += 1;
    switch (step.do) {
      case "publish":
        return this.#publish(step);
      case "connect":
        return this.#connect(this.#client(step.client), step);
      case "cut":
        return this.#cut(this.#client(step.client), step.cut);
      case "subscribe":
        return this.#subscribe(this.#client(step.client), pick(topics, step.topic));
      case "unsubscribe":
        return this.#unsubscribe(this.#client(step.client), pick(topics, step.topic));
      case "stall":
        return this.#stall(this.#client(step.client));
      case "flow":
        return this.#client(step.client).session?.sink.flow();
      case "take":
        return this.#client(step.client).session?.sink.take(step.bytes);
      case "disconnect":
        return this.#disconnect(this.#client(step.client));
      case "pass":
        return this.#clock.pass(step.milliseconds);
      case "tick":
        return this.#clock.endTick();
      case "settle":
        return this.#settle();
      case "balance":
        return this.balance();
      case "follow":
        return this.#follow(pick(this.#instances, step.instance), step.entries);
      case "openGate":
        return pick(this.#instances, step.instance).log.openGate();
      case "breakLink":
        return this.#breakLink(pick(this.#instances, step.instance));
      case "failRead":
        pick(this.#instances, step.instance).log.failures += 1;
        return;
      case "restart":
        return this.#restart(step.keepLog);
    }
  }

  /**
   * Lets everybody take everything and everything come to rest; then all accounts have to balance.
   */
  async balance(): Promise<void> {
    for (let round = 0; round < 2 || (round < 100 && this.#anyBehind); round += 1) {
      await this.#advance();
      await this.#passAsNeeded(round);
    }
    await this.#settle();
    if (this.#fault !== undefined) throw new Violation(this.#fault);
    for (const { session } of this.#clients) {
      if (session === undefined || session.sink.over) continue;
      if (this.#settings.policy === "disconnect" && this.#lagged.has(session.connection.id))
        throw new Violation("a connection that was behind is still open");
      if (session.connection.state !== "live")
        throw new Violation(`a reader with room is ${session.connection.state} when all is at rest`);
      session.ledger.caughtUp(this.#moment, this.#leftOut.get(session.connection.id) ?? 0);
      for (const number of session.expected) {
        if (!session.ledger.ephemerals.has(number)) throw new Violation(`ephemeral ${number} did not come`);
      }
    }
  }

  /** Brings everybody back, and closes the books: sent = received + announced gap. */
  async finish(): Promise<void> {
    await this.balance();
    await this.#beatTwice();
    for (const client of this.#clients) {
      this.#moment += 1;
      await this.#connect(client, { as: "resume", cut: 1_000, last: 1, stalled: false });
    }
    await this.balance();
    for (const client of this.#clients) this.#cut(client, 1_000);
    await this.#settle();
    for (const client of this.#clients) verifyBook(client, this.#settings.policy);
    await Promise.all(this.#instances.map(({ hub }) => hub.close()));
    if (this.#clock.timers > 0)
      throw new Violation(`${this.#clock.timers} timers run after all hubs are closed`);
  }

  #createLog(): EventLog {
    return createMemoryLog({ ...this.#settings.retention, now: () => this.#clock.now() });
  }

  /** Ids are learned from the log itself, as it gives them out. */
  #createLife(log: EventLog): LogLife {
    const indexById = new Map<string, number>();
    log.follow({
      reset: (head) => indexById.set(head, 0),
      entries: (entries) => {
        for (const { position } of entries) indexById.set(position, indexById.size);
      },
      passed: () => {},
      error: () => {},
    });
    return { model: new RetentionModel(this.#settings.retention), indexById };
  }

  /** A client that reads slowly receives the rest of a page later, also evicted entries. */
  #recordRead(entries: readonly LogEntry[]): void {
    const { model, indexById } = this.#life;
    for (const { position } of entries) {
      const index = indexById.get(position);
      if (index !== undefined) model.entries[index - 1]!.readAt = this.#moment;
    }
  }

  #createInstances(): Instance[] {
    return Array.from({ length: this.#settings.instances }, () => this.#createInstance());
  }

  #createInstance(): Instance {
    const { window, maxBatchBytes, stallTimeout, flushInterval, heartbeat, policy } = this.#settings;
    const log = new InstanceLog(this.#log, this.#life.model.head, {
      ...this.#settings,
      onPage: ({ entries }) => this.#recordRead(entries),
    });
    const hub = createHub({
      log,
      clock: this.#clock,
      window,
      flushInterval,
      slowReader: { policy, maxBatchBytes, stallTimeout },
      heartbeat: { interval: heartbeatInterval, kind: heartbeat },
    });
    // Links that break and reads that fail are part of the schedule.
    hub.on("error", () => {});
    const { tally } = this;
    hub.on("delivered", ({ connections }) => tally.add("pushed", connections));
    hub.on("lagging", () => tally.add("fell behind"));
    hub.on("dropped", () => tally.add("dropped"));
    hub.on("gap", ({ reason }) => tally.add(`gap: ${reason}`));
    hub.on("disconnect", ({ reason }) => tally.add(`ended: ${reason}`));
    hub.on("dropped", ({ connection, event }) => this.#dropped(connection, event));
    hub.on("conflated", ({ connection, events }) => this.#conflated(connection, events));
    hub.on("lagging", ({ connection }) => this.#lagged.add(connection.id));
    hub.on("disconnect", ({ connection, reason }) => {
      if (reason === "lagging") this.#endedForLagging(connection);
    });
    return { hub, log };
  }

  #publish({ to, size, burst, ephemeral, key }: Extract<Step, { do: "publish" }>): void {
    for (let i = 0; i < burst; i += 1) {
      const audience = pick(audiences, to + i);
      const { hub } = pick(this.#instances, to + i);
      if (ephemeral) this.#publishEphemeral(hub, audience);
      else this.#publishEntry(hub, audience, size, key);
    }
  }

  #publishEntry(
    hub: Hub,
    audience: { topics?: string[]; users?: string[] },
    size: number,
    conflateKey: string | undefined,
  ): void {
    const { model, indexById } = this.#life;
    const index = model.head + 1;
    const data = `${index}:${"é".repeat(size)}`;
    for (const { session } of this.#clients) {
      if (session?.connection.state === "catching-up") session.ledger.publishedWhileBehind.add(index);
    }
    const channels = channelsOf(audience);
    const counted = [data, conflateKey ?? "", ...channels.slice(1)].map((text) => Buffer.byteLength(text));
    const entry = { channels, bytes: counted.reduce((sum, bytes) => sum + bytes), conflateKey };
    model.append(entry, this.#clock.now(), this.#moment);
    void send(hub, audience, { data }, conflateKey === undefined ? {} : { conflateKey }).then((id) => {
      if (indexById.get(id) !== index) this.#fault = `publish ${index} resolved to ${id}`;
    });
  }

  #publishEphemeral(hub: Hub, audience: { topics?: string[]; users?: string[] }): void {
    const number = this.#ephemerals.length;
    const channels = channelsOf(audience);
    this.#ephemerals.push({ channels });
    for (const { session } of this.#clients) {
      if (session?.instance.hub !== hub || !session.sink.flowing || session.sink.over) continue;
      if (session.connection.state !== "live") continue;
      if (session.ledger.matches({ channels, index: Number.POSITIVE_INFINITY }, this.#moment))
        session.expected.add(number);
    }
    void send(hub, audience, { event: `e${number}`, data: `e${number}` }, { ephemeral: true });
  }

  /** A reader that is not live misses ephemeral events, and is counted. */
  #dropped({ id }: HubConnection, event: string): void {
    this.#sessionOf(id)?.expected.delete(Number.parseInt(event.slice(1), 10));
  }

  #conflated({ id }: HubConnection, events: number): void {
    this.tally.add("conflated", events);
    this.#leftOut.set(id, (this.#leftOut.get(id) ?? 0) + events);
  }

  /** The client is told to come back soon, and the policy is the only reason to do this to it. */
  #endedForLagging({ id }: HubConnection): void {
    const { policy } = this.#settings;
    if (policy !== "disconnect") this.#fault = `the policy is ${policy}, and a reader was ended for lagging`;
    const last = this.#sessionOf(id)?.sink.text;
    if (last !== undefined && !/(^|\n\n)((:.*|retry: \d+)\n)*retry: 500\n$/.test(last))
      this.#fault = `the last bytes are ${last.slice(-40)}`;
  }

  #sessionOf(id: string): Session | undefined {
    return this.#clients.find(({ session }) => session?.connection.id === id)?.session;
  }

  #connect(
    client: Client,
    { as, cut, last, stalled }: Pick<Extract<Step, { do: "connect" }>, "as" | "cut" | "last" | "stalled">,
  ): Promise<void> | void {
    this.#cut(client, cut);
    this.#nextInstance += 1;
    const instance = pick(this.#instances, this.#nextInstance);
    const begin = as === "resume" && client.shownId === "" ? "fresh" : as;
    const lastEventId = begin === "resume" ? client.shownId : begin === "garbage" ? garbage(cut) : "";
    const start = this.#startOf(client, begin, lastEventId, last, followed(instance));
    const { capacity } = this.#settings;
    const { sink, stream } = openStream(this.#clock, { capacity, lastEventId });
    const pending: { bytes: Uint8Array; moment: number }[] = [];
    if (stalled) sink.stall();
    sink.onWrite = (bytes) => pending.push({ bytes, moment: this.#moment });
    const subscription = {
      topics: [...client.topics],
      ...(client.user === undefined ? {} : { user: client.user }),
      ...(begin === "last" ? { replay: { last } } : {}),
    };
    const ledger = new Ledger(this.#life, start, this.#channelsOf(client), this.#rules);
    const connection = instance.hub.connect(stream, subscription);
    client.session = {
      sink,
      connection,
      ledger,
      instance,
      pending,
      reader: new WireReader(),
      writes: [],
      expected: new Set(),
    };
    this.#openBook(client, begin, start);
    // The newest ones are those of the moment at which the log is asked.
    if (begin === "last") return this.#letReadsThrough(instance.log);
  }

  #startOf(client: Client, begin: Beginning, requested: string, last: number, head: number): LedgerStart {
    const { model, indexById } = this.#life;
    if (begin === "fresh") return { after: head, requested };
    if (begin === "garbage") return { after: 0, gap: "unknown", requested };
    if (begin === "resume") {
      if (client.shownIn !== this.#life) return { after: 0, gap: "epoch", requested };
      return { after: indexById.get(requested)!, requested };
    }
    const channels = this.#channelsOf(client);
    const held = model.entries.filter(
      (entry) =>
        entry.index <= head &&
        entry.evictedAt === Number.POSITIVE_INFINITY &&
        entry.channels.some((channel) => channels.includes(channel)),
    );
    const oldest = held.slice(-last)[0];
    return {
      after: oldest === undefined ? head : oldest.index - 1,
      excusedThrough: this.#moment,
      requested,
    };
  }

  #openBook(client: Client, begin: Beginning, { after, gap }: LedgerStart): void {
    this.tally.add(`began: ${begin}`);
    if (begin === "resume" && gap === undefined && client.book !== undefined) return;
    const steady = begin !== "last";
    client.book = { life: this.#life, after, received: new Map(), gaps: [], steady };
    client.shownId = begin === "resume" ? client.shownId : "";
  }

  async #letReadsThrough(log: InstanceLog): Promise<void> {
    log.failures = 0;
    for (let turn = 0; turn < 2; turn += 1) {
      await settle();
      log.openGate();
    }
    await this.#settle();
  }

  /**
   * The client has seen a part of what was written, which ends anywhere, and its connection is
   * gone.
   */
  #cut(client: Client, cut: number): void {
    const { session } = client;
    if (session === undefined) return;
    client.session = undefined;
    session.sink.leave();
    const written = [...session.writes, ...session.pending];
    const total = written.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    const seen = this.#see(client, written, Math.round((total * cut) / 1_000));
    if (seen.midway) this.tally.add("cut inside an event");
    this.#enter(session);
    if (seen.lastEventId === "") return;
    client.shownId = seen.lastEventId;
    client.shownIn = client.book!.life;
  }

  /** Enters in the client's book what it has seen. */
  #see(
    client: Client,
    written: readonly { bytes: Uint8Array; moment: number }[],
    length: number,
  ): WireReader {
    const reader = new WireReader();
    const { received, gaps } = client.book!;
    let left = length;
    for (const { bytes, moment } of written) {
      for (const { type, data } of reader.read(bytes.subarray(0, left))) {
        if (type === "sse:gap") gaps.push(moment);
        const index = type === "message" ? Number.parseInt(data ?? "", 10) : Number.NaN;
        if (!Number.isNaN(index)) received.set(index, (received.get(index) ?? 0) + 1);
      }
      left = Math.max(0, left - bytes.byteLength);
    }
    return reader;
  }

  #subscribe(client: Client, topic: string): void {
    if (client.topics.has(topic)) return;
    client.topics.add(topic);
    if (client.book !== undefined) client.book.steady = false;
    const { session } = client;
    if (session === undefined || session.connection.state === "closed") return;
    session.ledger.subscribe(`topic:${topic}`, followed(session.instance), this.#moment);
    session.connection.subscribe(topic);
  }

  #unsubscribe(client: Client, topic: string): void {
    if (!client.topics.delete(topic)) return;
    if (client.book !== undefined) client.book.steady = false;
    const { session } = client;
    session?.ledger.unsubscribe(`topic:${topic}`, this.#moment);
    session?.expected.clear();
    session?.connection.unsubscribe(topic);
  }

  #stall({ session }: Client): void {
    session?.sink.stall();
    session?.expected.clear();
  }

  #disconnect({ session }: Client): void {
    if (session !== undefined) session.instance.hub.disconnect({ connection: session.connection.id });
  }

  #follow({ log }: Instance, entries: number): void {
    log.handOut(entries);
  }

  #breakLink(instance: Instance): void {
    for (const { session } of this.#clients) if (session?.instance === instance) session.expected.clear();
    instance.log.breakLink();
  }

  /** The process restarts: its hubs are gone, and a log in memory with them unless it is kept. */
  async #restart(keepLog: boolean): Promise<void> {
    await this.#settle();
    await Promise.all(this.#instances.map(({ hub }) => hub.close()));
    await this.#settle();
    if (!keepLog) {
      for (const client of this.#clients) this.#cut(client, 1_000);
      this.#log = this.#createLog();
      this.#life = this.#createLife(this.#log);
    }
    this.#instances = this.#createInstances();
  }

  /**
   * One round towards rest: bytes, entries, reads and ticks go on as far as they can without time.
   */
  async #advance(): Promise<void> {
    for (const { session } of this.#clients) session?.sink.flow();
    for (const { log } of this.#instances) log.handOut();
    this.#clock.endTick();
    for (const { log } of this.#instances) await this.#letReadsThrough(log);
  }

  /**
   * A little time passes, as much as is needed for what waits: a flush, a look at what is ahead,
   * another read after a failure.
   */
  async #passAsNeeded(round: number): Promise<void> {
    const { flushInterval, lags } = this.#settings;
    const wait = Math.max(flushInterval, lags ? 60 : 0);
    if (round === 0 && wait > 0) await this.#clock.pass(wait);
    if (round === 2 && this.#anyBehind) await this.#clock.pass(1_000);
  }

  get #anyBehind(): boolean {
    return this.#clients.some(({ session }) => session?.connection.state === "catching-up");
  }

  /** Quiet readers move on with the heartbeats: after two of them every client shows the head. */
  async #beatTwice(): Promise<void> {
    await this.#clock.pass(2 * heartbeatInterval);
    await this.balance();
    for (const { session } of this.#clients) {
      if (session === undefined || session.sink.over) continue;
      const shown = session.ledger.lastId;
      if (shown !== this.#life.model.head)
        throw new Violation(`after two heartbeats the id stands at ${shown}`);
    }
  }

  async #settle(): Promise<void> {
    await settle();
    for (const { session } of this.#clients) if (session !== undefined) this.#enter(session);
  }

  /** Enters what was written in the ledger. */
  #enter(session: Session): void {
    for (const write of session.pending.splice(0)) {
      session.writes.push(write);
      for (const block of session.reader.read(write.bytes)) session.ledger.wrote(block, write.moment);
    }
  }

  #client(number: number): Client {
    return pick(this.#clients, number);
  }

  #channelsOf({ user, topics: own }: Client): string[] {
    return [
      "*",
      ...(user === undefined ? [] : [`user:${user}`]),
      ...[...own].map((topic) => `topic:${topic}`),
    ];
  }
}

/**
 * Counts what schedules have brought about, so that a test can tell that they were worth running.
 */
export class Tally {
  readonly counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /**
   * Returns the cases that came about less often than expected in every hundred schedules. In few
   * schedules chance decides, and none is returned.
   */
  tooRare(expected: Readonly<Record<string, number>>, schedules: number): string[] {
    if (schedules < minSchedules) return [];
    const enough = (what: string) => (this.counts.get(what) ?? 0) >= (expected[what]! * schedules) / 100;
    return Object.keys(expected).filter((what) => !enough(what));
  }
}

/** The minimum number of schedules that say how often something comes about. */
const minSchedules = 1_000;

/** Runs a schedule from its beginning to the balance at its end. */
export async function runSchedule({ settings, steps }: Schedule, tally: Tally): Promise<void> {
  const world = new World(settings, tally);
  for (const step of steps) {
    const running = world.run(step);
    // Whole turns only: a read and what is written of it are one moment.
    if (running !== undefined) await running.then(() => settle());
  }
  await world.finish();
}

/** Returns the index up to which an instance's hub has followed. */
function followed({ log }: Instance): number {
  return log.followed;
}

function send(
  hub: Hub,
  audience: { topics?: string[]; users?: string[] },
  event: { event?: string; data: string },
  options: PublishOptions,
): Promise<string> {
  if (audience.topics !== undefined) return hub.publish(audience.topics, event, options);
  if (audience.users !== undefined) return hub.sendTo(audience.users, event, options);
  return hub.broadcast(event, options);
}

function channelsOf({ topics: toTopics, users: toUsers }: { topics?: string[]; users?: string[] }): string[] {
  if (toTopics !== undefined) return toTopics.map((topic) => `topic:${topic}`);
  if (toUsers !== undefined) return toUsers.map((user) => `user:${user}`);
  return ["*"];
}

/** Ids that no log gives out. */
function garbage(number: number): string {
  return pick(["0", "no such id", "x".repeat(5_000), "1-1-1", "%0A", "-", "é", "9999-1"], number);
}

function pick<T>(list: readonly T[], number: number): T {
  return list[number % list.length]!;
}

/**
 * sent = received + conflated + announced gap, over all connections of a client that resumed each
 * time.
 */
function verifyBook({ book, user, topics: own }: Client, policy: SlowReaderPolicy): void {
  if (book === undefined) return;
  const { life, after, received, gaps, steady } = book;
  const channels = ["*", `user:${user}`, ...[...own].map((topic) => `topic:${topic}`)];
  for (const [index, times] of received)
    if (times > 1)
      throw new Violation(`over all its connections a client has received entry ${index} ${times} times`);
  if (!steady) return;
  const sent = life.model.entries.filter(
    (entry) => entry.index > after && entry.channels.some((channel) => channels.includes(channel)),
  );
  const missing = sent.filter(({ index }) => !received.has(index));
  const told = missing.filter(({ evictedAt }) => gaps.some((gap) => gap >= evictedAt));
  const conflated = missing.filter((entry) => !told.includes(entry) && isReplaced(entry));
  if (sent.length !== received.size + told.length + conflated.length) {
    throw new Violation(
      `sent ${sent.length}, received ${received.size}, conflated ${conflated.length}, told of ${told.length}`,
    );
  }

  /**
   * Only older ones may be missing: the newest of an audience and key has come, or a gap told of
   * it.
   */
  function isReplaced({ index, conflateKey, channels: audience }: ModelEntry): boolean {
    return (
      policy === "conflate" &&
      conflateKey !== undefined &&
      sent.some(
        (entry) =>
          entry.index > index &&
          entry.conflateKey === conflateKey &&
          entry.channels.join() === audience.join(),
      )
    );
  }
}
