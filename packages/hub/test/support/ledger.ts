import type { ModelEntry, RetentionModel } from "./retention-model.js";
import type { WireBlock } from "./wire-reader.js";

/** The knowledge of a schedule about one life of the log. */
export interface LogLife {
  readonly model: RetentionModel;
  /** The entry that an id names, as `publish` answered it; 0 is the place before the first. */
  readonly indexById: Map<string, number>;
}

/** An ephemeral event that was published. */
export interface EphemeralRecord {
  readonly channels: readonly string[];
}

/** The position at which a connection begins. */
export interface LedgerStart {
  /** The index after which entries are owed. */
  readonly after: number;
  /** The gap that has to be told before anything else. */
  readonly gap?: "unknown" | "epoch";
  /** Entries that had been evicted at this moment are no loss. */
  readonly excusedThrough?: number;
  /** The id that the client showed. */
  readonly requested: string;
}

/** The rules that hold for the schedule as a whole. */
export interface LedgerRules {
  /**
   * Pages of the log arrive at the moment at which they were read, and the hub's window is never
   * ahead of what is held.
   */
  readonly strict: boolean;
  /** Whether a client that is behind gets only the newest of entries with one audience and key. */
  readonly conflates: boolean;
  /** Most matching entries that a page of the log has. */
  readonly pageSize: number;
  /** Most entries that the hub holds in memory, which are one page. */
  readonly windowSize: number;
  readonly ephemerals: readonly EphemeralRecord[];
}

/** A channel is followed from one moment to another, for entries after an index. */
interface Following {
  readonly channel: string;
  readonly since: number;
  readonly from: number;
  until: number;
}

interface GapReport {
  reason: string;
  requested: string;
  oldest: string | null;
}

/**
 * The accounts of one connection: every block written to it is entered with its moment, and the
 * ledger throws as soon as an entry is missing that was held, a gap is missing or wrong, something
 * comes twice, out of order or to a client that it is not for.
 */
export class Ledger {
  /** Index of the last entry that is settled: received, or known to be lost. */
  cursor: number;
  /** Indexes received, in order. */
  readonly received: number[] = [];
  /** The moments at which a gap was told. */
  readonly gaps: number[] = [];
  /** Numbers of ephemeral events received. */
  readonly ephemerals = new Set<number>();
  /**
   * Entries that were published while the connection was not live: they can only have come from the
   * log.
   */
  readonly publishedWhileBehind = new Set<number>();
  lastId: number;
  /** The number of entries that did not come for which a newer one may stand. */
  #conflated = 0;
  #life: LogLife;
  #rules: LedgerRules;
  #openingHead: number;
  #following: Following[] = [];
  #requested: string;
  #owedGap: string | undefined;
  #excusedThrough: number;
  /** The entries evicted at this moment were gone when the connection began. */
  readonly #gone: number;
  #subscribedAt = -1;
  #live = false;
  #retried = false;
  /** Index of the entry that the last gap named as the next one. */
  #announcedNext: number | undefined;

  constructor(life: LogLife, start: LedgerStart, channels: readonly string[], rules: LedgerRules) {
    this.#life = life;
    this.#rules = rules;
    this.cursor = start.after;
    this.lastId = start.after;
    this.#requested = start.requested;
    this.#owedGap = start.gap;
    this.#gone = start.excusedThrough ?? -1;
    this.#excusedThrough = this.#gone;
    this.#openingHead = life.model.head;
    for (const channel of channels) this.#following.push({ channel, since: 0, from: 0, until: Infinity });
  }

  subscribe(channel: string, since: number, moment: number): void {
    this.#subscribedAt = moment;
    this.#following.push({ channel, since, from: moment, until: Infinity });
  }

  unsubscribe(channel: string, moment: number): void {
    for (const following of this.#following) {
      if (following.channel === channel && following.until === Infinity) following.until = moment;
    }
  }

  /** Enters what was written at a moment. */
  wrote(block: WireBlock, moment: number): void {
    if (!this.#retried) this.#wroteRetry(block);
    else if (block.type === "sse:gap") this.#wroteGap(block, moment);
    else if (block.type === "sse:live") this.#wroteLive(block, moment);
    else if (block.type === "sse:heartbeat") verify(block.id === undefined, "a heartbeat has no id");
    else if (block.data?.startsWith("e")) this.#wroteEphemeral(block, moment);
    else if (block.data !== undefined) this.#wroteEntry(block, moment);
    else if (block.id !== undefined) this.#pass(this.#indexOf(block.id), moment);
    else verify(block.comments.length > 0 || block.retry !== undefined, "a block without any meaning");
  }

  /**
   * Everything up to the head has to be accounted for by now.
   *
   * @param leftOut how many entries the hub says it has left out for newer ones.
   */
  caughtUp(moment: number, leftOut: number): void {
    verify(this.#live, "sse:live was never sent");
    this.#settleThrough(this.#life.model.head, moment);
    // What was left out before it was evicted may be told of in a gap as well.
    if (!this.#rules.strict || this.gaps.length > 0) return;
    const unfollowed = this.#following.some(({ until }) => until !== Infinity);
    verify(
      // What was left out and then unfollowed is not missing any more.
      unfollowed ? leftOut >= this.#conflated : leftOut === this.#conflated,
      `${this.#conflated} entries were left out, the hub says ${leftOut}`,
    );
  }

  /** Whether an entry, or with `since` 0 an ephemeral event, is for this connection at a moment. */
  matches({ channels, index }: Pick<ModelEntry, "channels" | "index">, moment: number): boolean {
    return this.#following.some(
      ({ channel, since, from, until }) =>
        channels.includes(channel) && index > since && from <= moment && moment < until,
    );
  }

  #wroteRetry({ retry, id, data }: WireBlock): void {
    verify(retry !== undefined && id === undefined && data === undefined, "the first block is only retry");
    this.#retried = true;
  }

  #wroteEntry(block: WireBlock, moment: number): void {
    const index = Number.parseInt(block.data!, 10);
    const entry = this.#life.model.entries[index - 1]!;
    verify(this.#indexOf(block.id) === index, `entry ${index} has the id of another one`);
    verify(this.#owedGap === undefined, `entry ${index} came before the gap`);
    verify(index > this.cursor, `entry ${index} came after ${this.cursor}`);
    verify(this.matches(entry, moment), `entry ${index} is not for this client`);
    verify(!this.#isStale(entry, moment), `entry ${index} came although it is no longer held`);
    verify(
      this.#announcedNext === undefined ||
        this.#announcedNext === index ||
        !this.#isOwed(this.#announcedNext, moment) ||
        this.#isReplaced(this.#announcedNext, moment),
      `entry ${index} came where the gap had named ${this.#announcedNext}`,
    );
    this.#announcedNext = undefined;
    this.#settleThrough(index - 1, moment);
    this.cursor = index;
    this.lastId = index;
    this.received.push(index);
  }

  #wroteEphemeral(block: WireBlock, moment: number): void {
    const number = Number.parseInt(block.data!.slice(1), 10);
    const { channels } = this.#rules.ephemerals[number]!;
    verify(block.id === undefined, `ephemeral ${number} has an id`);
    verify(this.#live, `ephemeral ${number} came before sse:live`);
    verify(!this.ephemerals.has(number), `ephemeral ${number} came twice`);
    verify(this.matches({ channels, index: Infinity }, moment), `ephemeral ${number} is not for this client`);
    this.ephemerals.add(number);
  }

  #wroteGap(block: WireBlock, moment: number): void {
    const { reason, requested, oldest } = JSON.parse(block.data!) as GapReport;
    const resumesAfter = this.#indexOf(block.id);
    if (this.#owedGap === undefined) {
      verify(reason === "evicted", `a gap because of ${reason}, which is not so`);
      this.#verifyEvictedGap(moment);
    } else {
      verify(reason === this.#owedGap, `the gap is ${this.#owedGap}, not ${reason}`);
      verify(requested === this.#requested.slice(0, 64), `the gap is about ${this.#requested}`);
      this.#owedGap = undefined;
    }
    this.#excusedThrough = moment;
    this.gaps.push(moment);
    const before = this.cursor;
    this.#pass(resumesAfter, moment);
    if (this.#rules.strict) this.#verifyOldest(oldest, before, moment);
  }

  /** Told only for what this client would have received, and again only if more has gone since. */
  #verifyEvictedGap(moment: number): void {
    const gone = this.#life.model.entries.filter(
      (entry) => entry.evictedAt <= moment && this.matches(entry, moment),
    );
    verify(
      gone.some(({ index }) => index > this.cursor),
      "a gap although nothing that matches was evicted",
    );
    if (!this.#rules.strict || this.gaps.length === 0 || this.#subscribedAt >= 0) return;
    const told = this.gaps.at(-1)!;
    verify(
      gone.some(({ evictedAt }) => evictedAt >= told),
      "the same gap again",
    );
  }

  #verifyOldest(oldest: string | null, before: number, moment: number): void {
    const next = oldest === null ? this.cursor + 1 : this.#indexOf(oldest);
    verify(next > this.cursor, "the oldest retained entry lies before the gap's own id");
    for (let index = before + 1; index < next; index += 1) {
      // One that a newer entry replaces may have been left out before the gap was found.
      verify(
        !this.#isOwed(index, moment) || this.#isReplaced(index, moment),
        `the gap's oldest entry is not ${oldest}: ${index} is older and held`,
      );
    }
    this.#announcedNext = oldest === null ? undefined : next;
  }

  #wroteLive(block: WireBlock, moment: number): void {
    verify(!this.#live, "sse:live came twice");
    this.#live = true;
    this.#pass(this.#indexOf(block.id), moment);
    const { replayed } = JSON.parse(block.data!) as { replayed: number };
    verify(
      replayed === this.received.length,
      `sse:live counts ${replayed} of ${this.received.length} entries`,
    );
  }

  /** An id says that everything up to it has been written. */
  #pass(index: number, moment: number): void {
    verify(this.#owedGap === undefined, `id ${index} came before the gap`);
    verify(index >= this.cursor, `id ${index} came after ${this.cursor}`);
    this.lastId = index;
    this.#settleThrough(index, moment);
  }

  #settleThrough(last: number, moment: number): void {
    for (let index = this.cursor + 1; index <= last; index += 1) {
      const entry = this.#life.model.entries[index - 1]!;
      if (!this.matches(entry, moment)) continue;
      if (entry.evictedAt <= this.#gone) continue;
      if (this.#isReplaced(index, moment)) {
        this.#conflated += 1;
        continue;
      }
      verify(entry.evictedAt <= moment, `entry ${index} is held and was passed over`);
      verify(entry.evictedAt <= this.#excusedThrough, `entry ${index} was evicted and no gap told of it`);
    }
    this.cursor = Math.max(this.cursor, last);
  }

  /**
   * Whether a newer entry for the same channels with the same key stood in one page with it, so
   * that this one need not come.
   */
  #isReplaced(index: number, moment: number): boolean {
    const { entries } = this.#life.model;
    const { conflates, strict, pageSize, windowSize } = this.#rules;
    const { conflateKey, channels } = entries[index - 1]!;
    if (!conflates || conflateKey === undefined) return false;
    const published = entries.filter(({ appendedAt }) => appendedAt <= moment);
    const newer = published.find(
      (entry) =>
        entry.index > index && entry.conflateKey === conflateKey && sameChannels(entry.channels, channels),
    );
    if (newer === undefined) return false;
    // The window may have been read, and this one left out, when the newer one had just come and
    // could not be written yet.
    const headThen = Math.max(this.#openingHead, newer.index);
    if (!strict || newer.index > headThen - windowSize) return true;
    const between = published
      .slice(index - 1, newer.index)
      .filter((entry) => this.#isOwed(entry.index, moment));
    return between.length <= pageSize;
  }

  #isOwed(index: number, moment: number): boolean {
    const entry = this.#life.model.entries[index - 1]!;
    return entry.evictedAt > moment && this.matches(entry, moment);
  }

  /**
   * Entries from the log, not from the feed, must be held when they are read: the log alone decides
   * what is a gap.
   */
  #isStale({ index, evictedAt, readAt = Infinity }: ModelEntry, moment: number): boolean {
    const fromLog = index <= this.#openingHead || this.publishedWhileBehind.has(index);
    return this.#rules.strict && fromLog && evictedAt < Math.min(readAt, moment);
  }

  #indexOf(id: string | undefined): number {
    const index = this.#life.indexById.get(id ?? "");
    if (index === undefined) throw new Violation(`the id ${id} was never given out`);
    return index;
  }
}

function sameChannels(a: readonly string[], b: readonly string[]): boolean {
  return a.join() === b.join();
}

/** The accounts do not balance. */
export class Violation extends Error {
  override readonly name = "Violation";
}

function verify(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Violation(message);
}
