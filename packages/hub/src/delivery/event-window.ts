import type { EventLog, LogEntry, LogRetention } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { Resolved, WindowOptions } from "../options.js";

/** An entry with its bytes as sent, which are encoded once for all readers. */
export interface FramedEntry {
  readonly entry: LogEntry;
  readonly bytes: Uint8Array;
}

interface WindowEntry extends FramedEntry {
  readonly followedAt: number;
}

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
  readonly #log: EventLog;
  readonly #now: () => number;
  readonly #bounds: LogRetention;
  /** The entries from `#first` on; those before have been dropped. */
  #entries: (WindowEntry | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #floor: Position = "";
  #head: Position = "";

  constructor(log: EventLog, { maxEvents, maxBytes }: Resolved<WindowOptions>, now: () => number) {
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
    this.#first = 0;
    this.#bytes = 0;
    this.#floor = head;
    this.#head = head;
  }

  push(framed: FramedEntry): void {
    this.#entries.push({ ...framed, followedAt: this.#now() });
    this.#bytes += framed.bytes.byteLength;
    this.#head = framed.entry.position;
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
   * Returns the entries after `position`, or `undefined` if the window no longer reaches back to
   * it, or has another position in its place: the log decides whether that is one of this history.
   */
  after(position: Position): readonly FramedEntry[] | undefined {
    this.#trim();
    if (!(this.#log.compare(position, this.#floor) >= 0)) return undefined;
    const index = this.#indexAfter(position);
    const before = this.#entries[index - 1]?.entry.position ?? this.#floor;
    if (before !== position && this.#log.compare(before, position) === 0) return undefined;
    return this.#entries.slice(index) as FramedEntry[];
  }

  #trim(): void {
    const { maxEvents, maxBytes, maxAge } = this.#bounds;
    const oldestTime = this.#now() - maxAge;
    for (let oldest = this.#entries[this.#first]; oldest !== undefined; oldest = this.#entries[this.#first]) {
      const isWithin = this.size <= maxEvents && this.#bytes <= maxBytes && oldest.followedAt > oldestTime;
      if (isWithin) break;
      this.#bytes -= oldest.bytes.byteLength;
      this.#floor = oldest.entry.position;
      this.#entries[this.#first] = undefined;
      this.#first += 1;
    }
    this.#compact();
  }

  /**
   * Copies the entries once as many have been dropped, so that each dropped one pays for one copy.
   */
  #compact(): void {
    if (this.#first < minCompaction || this.#first < this.size) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  #indexAfter(position: Position): number {
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log.compare(this.#entries[middle]!.entry.position, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
