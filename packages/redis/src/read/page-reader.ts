import type { EpochOffset, LogPage, ReadOptions, ReadStart } from "@sse/hub/log";
import { logClosed, unavailable } from "../errors.js";
import type { Link } from "../link.js";
import type { RedisLogClock } from "../options.js";
import type { Store } from "../store.js";
import type { Stretch } from "../stretch.js";
import { type PendingRead, pendingRead, ReadGroup } from "./read-group.js";
import { RecentStretches } from "./recent-stretches.js";
import { TurnQueue } from "./turn-queue.js";

/**
 * Maximum number of calls in flight. Redis runs one script at a time, so more would only queue
 * there, in front of the appends of all instances.
 */
const maxCalls = 2;

/** Number of waiting reads that a call looks through for those that join it, or that it answers. */
const maxCandidates = 1_000;

/**
 * Reads pages on a connection of its own, a few calls at a time, so that live events and appends do
 * not wait behind thousands of clients that return at once. Reads of about the same stretch that
 * wait are one call, whatever channels each of them follows, and so are those that follow within a
 * second.
 */
export class PageReader {
  readonly #link: Link<EpochOffset>;
  readonly #store: Store;
  readonly #recent: RecentStretches;
  readonly #turns = new TurnQueue(() => this.#next());
  readonly #calls = new Set<ReadGroup>();
  #queue: PendingRead[] = [];
  #closed = false;

  /** @param link a link for this reader alone. */
  constructor(link: Link<EpochOffset>, store: Store, clock: RedisLogClock) {
    this.#link = link;
    this.#store = store;
    this.#recent = new RecentStretches(clock);
  }

  read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return new Promise((resolve, reject) => this.#accept(pendingRead(start, options, resolve, reject)));
  }

  close(): void {
    this.#closed = true;
    this.#link.close();
    this.#recent.clear();
    this.#rejectAll(this.#queue.splice(0), logClosed());
  }

  #accept(read: PendingRead): void {
    const recent = this.#recent.find(read.start, read.options);
    if (recent !== undefined) this.#answerInTurn(read, recent);
    else if (![...this.#calls].some((call) => call.addLate(read))) this.#queue.push(read);
    this.#next();
  }

  /** Starts calls, unless readers are about to be answered, which then ask for the next page. */
  #next(): void {
    while (this.#turns.isEmpty && this.#calls.size < maxCalls) {
      const first = this.#queue.shift();
      if (first === undefined) return;
      void this.#call(new ReadGroup(first));
    }
  }

  async #call(group: ReadGroup): Promise<void> {
    this.#calls.add(group);
    try {
      const opened = await this.#link.connected();
      this.#join(group);
      const stretch = await this.#store.read(opened, group.request());
      group.first.resolve(stretch.answer(group.first.start, group.first.options)!);
      this.#share(group, stretch);
    } catch (error) {
      const failure = this.#closed ? logClosed() : unavailable(error);
      group.first.reject(failure);
      this.#queue = [...group.joined, ...this.#queue];
      // A server that does not answer would let each of the others wait for its own timeout.
      if (!this.#link.isOpen) this.#rejectAll(this.#queue.splice(0), failure);
    } finally {
      this.#calls.delete(group);
      this.#next();
    }
  }

  /** Moves the waiting reads of about the same stretch to the group. */
  #join(group: ReadGroup): void {
    const candidates = this.#queue.splice(0, maxCandidates);
    this.#queue = [...candidates.filter((read) => !group.add(read)), ...this.#queue];
  }

  /** Answers the reads that joined, and those that wait and happen to start in the stretch. */
  #share({ joined }: ReadGroup, stretch: Stretch): void {
    const candidates = this.#queue.slice(0, maxCandidates);
    const others = candidates.filter(({ start, options }) => stretch.answers(start, options));
    if (others.length > 0) {
      const answered = new Set(others);
      this.#queue = this.#queue.filter((read) => !answered.has(read));
    }
    for (const read of [...joined, ...others]) this.#answerInTurn(read, stretch);
    if (joined.length + others.length > 0 && !this.#closed) this.#recent.add(stretch);
  }

  /** Answers a read in a turn of its own: each reader writes its page at once. */
  #answerInTurn(read: PendingRead, stretch: Stretch): void {
    this.#turns.add(() => {
      const page = stretch.answer(read.start, read.options);
      if (page !== undefined) read.resolve(page);
      else if (this.#closed) read.reject(logClosed());
      else {
        read.isAlone = true;
        this.#queue.unshift(read);
      }
    });
  }

  #rejectAll(reads: readonly PendingRead[], error: Error): void {
    for (const { reject } of reads) reject(error);
  }
}
