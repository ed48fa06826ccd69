import { setImmediate as nextTurn } from "node:timers/promises";
import type { EpochOffset, LogPage, ReadOptions, ReadStart } from "@sse/hub/log";
import { logClosed, unavailable } from "./errors.js";
import type { Link } from "./link.js";
import { channelsKey, SharedPage } from "./shared-page.js";
import type { Store } from "./store.js";

/**
 * Maximum number of reads in flight. Redis runs one script at a time, so more would only queue
 * there, in front of the appends of all instances.
 */
const maxReads = 4;

/** Number of readers that a shared page answers in one turn of the event loop. */
const answersPerTurn = 8;

interface QueuedRead {
  readonly start: ReadStart;
  readonly options: ReadOptions;
  readonly channels: string | undefined;
  readonly resolve: (page: LogPage) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads pages on a connection of its own, a few at a time, so that live events and appends do not
 * wait behind thousands of clients that return at once. A page also answers the readers of the same
 * stretch that wait when it is requested.
 */
export class PageReader {
  readonly #link: Link<EpochOffset>;
  readonly #store: Store;
  #queue: QueuedRead[] = [];
  #reading = 0;
  #closed = false;

  /** @param link a link for this reader alone. */
  constructor(link: Link<EpochOffset>, store: Store) {
    this.#link = link;
    this.#store = store;
  }

  read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return new Promise((resolve, reject) => {
      // The reader may change its channels while it waits.
      const own = { ...options, channels: new Set(options.channels) };
      this.#queue.push({ start, options: own, channels: channelsKey(own), resolve, reject });
      this.#next();
    });
  }

  close(): void {
    this.#closed = true;
    this.#link.close();
    this.#rejectAll(this.#queue.splice(0), logClosed());
  }

  #next(): void {
    while (this.#reading < maxReads) {
      const read = this.#queue.shift();
      if (read === undefined) return;
      void this.#fetch(read);
    }
  }

  async #fetch(read: QueuedRead): Promise<void> {
    this.#reading += 1;
    try {
      const opened = await this.#link.connected();
      const waiting = new Set(this.#queue);
      const page = await this.#store.read(opened, read.start, read.options);
      read.resolve(page);
      this.#share(read, page, waiting);
    } catch (error) {
      const failure = this.#closed ? logClosed() : unavailable(error);
      read.reject(failure);
      // A server that does not answer would let each of the others wait for its own timeout.
      if (!this.#link.isOpen) this.#rejectAll(this.#queue.splice(0), failure);
    } finally {
      this.#reading -= 1;
      this.#next();
    }
  }

  /**
   * Answers the reads that the page answers as well. Only those that waited before the page was
   * requested: since then its entries may have been evicted.
   */
  #share({ start, options, channels }: QueuedRead, page: LogPage, waiting: ReadonlySet<QueuedRead>): void {
    const shared = channels === undefined ? undefined : SharedPage.of(start, options, page);
    if (shared === undefined) return;
    const answers: (() => void)[] = [];
    this.#queue = this.#queue.filter((read) => {
      if (read.channels !== channels || !waiting.has(read)) return true;
      const answer = shared.answer(read.start, read.options);
      if (answer !== undefined) answers.push(() => read.resolve(answer));
      return answer === undefined;
    });
    void releaseInTurns(answers);
  }

  #rejectAll(reads: readonly QueuedRead[], error: Error): void {
    for (const { reject } of reads) reject(error);
  }
}

/**
 * Lets other work of this process run in between: each reader writes its part of the page at once.
 */
async function releaseInTurns(answers: (() => void)[]): Promise<void> {
  while (answers.length > 0) {
    for (const resolve of answers.splice(0, answersPerTurn)) resolve();
    await nextTurn();
  }
}
