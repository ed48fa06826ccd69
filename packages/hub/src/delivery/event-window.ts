import type { LogEntry, LogRetention, ReadableLog } from "../log/event-log.js";
import { sizeOfKeys } from "../log/memory-page.js";
import type { Position } from "../log/position.js";
import type { Resolved, WindowOptions } from "../options.js";
import type { Frame } from "./frame.js";

/**
 * Dropped entries that stay in the array until it is compacted; below this the copy is not worth
 * it.
 */
const minCompaction = 32;

/**
 * The recent entries that the hub holds in memory, contiguous from just after its floor up to the
 * followed head. It never holds more than the log certainly does, so that the log alone decides
 * what is a gap.
 */
export class EventWindow {
  readonly #log: ReadableLog;
  readonly #now: () => number;
  readonly #bounds: LogRetention;
  /** The entries from `#first` on; those before have been dropped. */
  #entries: (Frame<LogEntry> | undefined)[] = [];
  /** The time at which each entry was followed. Empty if the log holds entries of any age. */
  #times: number[] = [];
  #first = 0;
  #bytes = 0;
  #floor: Position = "";
  #head: Position = "";

  constructor(log: ReadableLog, { maxEvents, maxBytes }: Resolved<WindowOptions>, now: () => number) {
    const { retention } = log;
    this.#log = log;
    this.#now = now;
    this.#bounds = {
      maxEvents: Math.min(maxEvents, retention?.maxEvents ?? maxEvents),
      maxBytes: Math.min(maxBytes, retention?.maxBytes ?? maxBytes),
      maxAge: retention?.maxAge ?? Number.POSITIVE_INFINITY,
    };
  }

  /**
   * The followed head: at or after the newest entry followed; empty before following has started.
   */
  get head(): Position {
    return this.#head;
  }

  get size(): number {
    return this.#entries.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Empties the window, which then starts after `head`. */
  reset(head: Position): void {
    this.#entries = [];
    this.#times = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#floor = head;
    this.#head = head;
  }

  push(frame: Frame<LogEntry>): void {
    this.#entries.push(frame);
    if (this.#bounds.maxAge !== Number.POSITIVE_INFINITY) this.#times.push(this.#now());
    this.#bytes += sizeOf(frame);
    this.#head = frame.event.position;
    this.#trim();
  }

  /**
   * Moves the head without an entry. A position that is not beyond it, such as one of an earlier
   * epoch, changes nothing.
   */
  advance(head: Position): void {
    if (this.#log.compare(head, this.#head) > 0) this.#head = head;
  }

  /**
   * Whether a position is certainly one of this history: that of an entry, or an end of the window.
   */
  has(position: Position): boolean {
    if (position === this.#head || position === this.#floor) return true;
    return this.#entries[this.#indexAfter(position) - 1]?.event.position === position;
  }

  /**
   * Returns the entries after `position`, or `undefined` if the window no longer reaches back to
   * it, or has another position there: the log decides whether that is one of this history.
   */
  after(position: Position): readonly Frame<LogEntry>[] | undefined {
    this.#trim();
    if (!(this.#log.compare(position, this.#floor) >= 0)) return undefined;
    const index = this.#indexAfter(position);
    const before = this.#entries[index - 1]?.event.position ?? this.#floor;
    if (before !== position && this.#log.compare(before, position) === 0) return undefined;
    return this.#entries.slice(index) as Frame<LogEntry>[];
  }

  #trim(): void {
    const { maxEvents, maxBytes } = this.#bounds;
    const current = this.#firstCurrent();
    for (let oldest = this.#entries[this.#first]; oldest !== undefined; oldest = this.#entries[this.#first]) {
      if (this.size <= maxEvents && this.#bytes <= maxBytes && this.#first >= current) break;
      this.#bytes -= sizeOf(oldest);
      this.#floor = oldest.event.position;
      this.#entries[this.#first] = undefined;
      this.#first += 1;
    }
    this.#compact();
  }

  /** The index of the first entry that is not too old. */
  #firstCurrent(): number {
    let index = this.#first;
    if (this.#times.length === 0) return index;
    const oldestTime = this.#now() - this.#bounds.maxAge;
    while (index < this.#times.length && this.#times[index]! <= oldestTime) index += 1;
    return index;
  }

  /**
   * Copies the entries once as many have been dropped, so that each dropped one pays for one copy.
   */
  #compact(): void {
    if (this.#first < minCompaction || this.#first < this.size) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#times = this.#times.slice(this.#first);
    this.#first = 0;
  }

  #indexAfter(position: Position): number {
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log.compare(this.#entries[middle]!.event.position, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Returns the bytes of an entry: its wire form, and what it has beside that. */
function sizeOf({ byteLength, event }: Frame<LogEntry>): number {
  return byteLength + sizeOfKeys(event);
}
