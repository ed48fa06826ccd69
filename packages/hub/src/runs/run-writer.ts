import { isSseError } from "@sse/core";
import { withTimeout } from "@sse/core/internal";
import type { HubClock } from "../clock.js";
import { appendTimeout } from "../errors.js";
import { type RunChannel, runChannel } from "../log/channel.js";
import type { LogEntry, NewRunEntry, RunLog } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import { Sleep } from "../sleep.js";
import { toWellFormed } from "../validate.js";
import { runEnded } from "./errors.js";
import type { RunHistory } from "./run-history.js";

/** The maximum number of entries of one append, and of characters of their data. */
const maxBatch = { entries: 256, length: 65_536 };

/** The maximum number of entries that wait for the log, and of characters of their data. */
const maxQueued = { entries: 10_000, length: 4 * 1024 * 1024 };

/** Milliseconds before a failed append is looked into, doubled with each failure in a row. */
const retryDelay = { min: 20, max: 2_000 };

/** The errors of entries that no attempt can store. */
const refusals: readonly string[] = ["too-large", "invalid-option", "invalid-field"];

/** Milliseconds for which a run is held that appends nothing and does not end. */
const idleTtl = 24 * 60 * 60 * 1_000;

/** The parts of a hub that a writer needs. */
export interface RunWriterContext {
  readonly log: RunLog;
  readonly history: RunHistory;
  readonly clock: HubClock;
  /** Milliseconds that an append may take before it is looked into. `undefined`: no limit. */
  readonly appendTimeout: number | undefined;
}

interface QueuedEntry {
  readonly entry: NewRunEntry;
  readonly ttl: number;
  resolve(position: Position): void;
  reject(error: unknown): void;
}

/**
 * Appends the entries of one producer, in order, each after the one before: whatever else is
 * appended to the run, such as an end by another instance, stops it for good. One append is in
 * flight at a time, and what is queued meanwhile follows in one batch.
 *
 * An append whose outcome is unknown is looked up in the log. Until the log can be read, nothing
 * more is written, so that no entry is missing or stored twice. An entry that can never be stored
 * is rejected alone.
 */
// Over 25 members: the queue, its batches, and what becomes of a batch that fails, over one state.
export class RunWriter {
  readonly #context: RunWriterContext;
  readonly #channel: RunChannel;
  readonly #id: string;
  readonly #sleep: Sleep;
  #newest: Position;
  #queue: QueuedEntry[] = [];
  #queuedLength = 0;
  #working = false;
  #failures = 0;
  /** Whether entries are appended one by one, to find the one that the log refuses. */
  #isolates = false;
  #stopped: Error | undefined;
  /**
   * Receives the entry that has ended the run, or taken it over, `undefined` if the run is gone.
   * Returns the error of later appends.
   */
  onOvertaken: (entry: LogEntry | undefined) => Error = () => runEnded(this.#id, { state: "lost" });

  /** @param newest the run's newest entry; `""` for a new run. */
  constructor(context: RunWriterContext, id: string, newest: Position) {
    this.#context = context;
    this.#id = id;
    this.#channel = runChannel(id);
    this.#sleep = new Sleep(context.clock);
    this.#newest = newest;
  }

  /**
   * Appends an entry and resolves to its position. The append starts before this returns, unless
   * another is in flight.
   *
   * @param ttl milliseconds for which the run is held after it.
   * @throws {SseError} (as a rejection) the error that has stopped it.
   */
  append(entry: NewRunEntry, ttl: number = idleTtl): Promise<Position> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) {
        reject(this.#stopped);
        return;
      }
      this.#queue.push({ entry, ttl, resolve, reject });
      this.#queuedLength += lengthOf(entry);
      if (!this.#working) void this.#work();
    });
  }

  /** Stops for good: what waits is rejected with the error. */
  stop(error: Error): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = error;
    this.#sleep.close();
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }

  /** The position of the run's newest entry, as far as it is known. */
  get newest(): Position {
    return this.#newest;
  }

  /** The number of entries that wait for the log. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Whether so much waits for the log that its producer must wait. */
  get isFull(): boolean {
    return this.#queue.length >= maxQueued.entries || this.#queuedLength >= maxQueued.length;
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      try {
        const positions = await this.#append(batch);
        this.#failures = 0;
        for (const position of positions) this.#stored(position);
      } catch (error) {
        await this.#lookInto(error, batch.length);
      }
    }
    this.#working = false;
  }

  #nextBatch(): QueuedEntry[] {
    let length = 0;
    let count = 0;
    const maxEntries = this.#isolates ? 1 : maxBatch.entries;
    for (const { entry } of this.#queue) {
      length += lengthOf(entry);
      if (count > 0 && (count >= maxEntries || length > maxBatch.length)) break;
      count += 1;
    }
    return this.#queue.slice(0, count);
  }

  #append(batch: readonly QueuedEntry[]): Promise<readonly Position[]> {
    const { log, clock, appendTimeout: milliseconds } = this.#context;
    const entries = batch.map(({ entry }) => entry);
    const appended = log.append(this.#channel, entries, { after: this.#newest, ttl: batch.at(-1)!.ttl });
    return withTimeout(appended, { milliseconds, onTimeout: appendTimeout, timers: clock });
  }

  #stored(position: Position): void {
    this.#newest = position;
    const stored = this.#queue.shift();
    if (stored === undefined) return;
    this.#queuedLength -= lengthOf(stored.entry);
    stored.resolve(position);
  }

  /** Finds out what of the queue is stored after a failure, and whether the run continues. */
  async #lookInto(error: unknown, batchLength: number): Promise<void> {
    if (isSseError(error) && (error.code === "closed" || error.code === "overloaded")) {
      this.stop(error);
      return;
    }
    const isConflict = isSseError(error) && error.code === "append-conflict";
    const isRefused = isSseError(error) && refusals.includes(error.code);
    if (!isConflict && !isRefused) await this.#backOff();
    try {
      let found = 0;
      for await (const entry of this.#context.history.after(this.#channel, this.#newest)) {
        found += 1;
        if (!this.#isOwn(entry)) {
          this.#overtaken(entry);
          return;
        }
        this.#stored(entry.position);
      }
      if (isConflict && found === 0) this.#overtaken(undefined);
      if (isRefused && found === 0) this.#refuse(error, batchLength);
    } catch {
      await this.#backOff();
    }
  }

  /** Rejects an entry that was appended alone. One of a batch has to be found first. */
  #refuse(error: unknown, batchLength: number): void {
    this.#isolates = batchLength > 1;
    if (this.#isolates) return;
    const refused = this.#queue.shift();
    if (refused === undefined) return;
    this.#queuedLength -= lengthOf(refused.entry);
    refused.reject(error);
  }

  /** No other producer writes events after the newest entry: one is the next of the queue. */
  #isOwn({ event = "", data }: LogEntry): boolean {
    const next = this.#queue[0]?.entry;
    return next !== undefined && isSameText(next.event ?? "", event) && isSameText(next.data, data);
  }

  #overtaken(entry: LogEntry | undefined): void {
    this.stop(this.onOvertaken(entry));
  }

  async #backOff(): Promise<void> {
    const delay = Math.min(retryDelay.max, retryDelay.min * 2 ** this.#failures);
    this.#failures += 1;
    await this.#sleep.for(delay * (1 - this.#context.clock.random() / 2));
  }
}

/** Whether texts are the same once they were stored as UTF-8. */
function isSameText(a: string, b: string): boolean {
  return a === b || toWellFormed(a) === toWellFormed(b);
}

function lengthOf({ event = "", data }: NewRunEntry): number {
  return event.length + data.length;
}
