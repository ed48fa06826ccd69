import {
  type LogPage,
  offsetIn,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
} from "@sse/hub/log";

/** The number of channels beyond which pages are not shared: comparing them would cost more. */
const maxChannels = 256;

/** Returns a key that equal sets of channels share, if comparing them is worthwhile. */
export function channelsKey({ channels }: ReadOptions): string | undefined {
  if (channels.size > maxChannels) return undefined;
  return JSON.stringify([...channels].sort());
}

/**
 * A page without a gap, which also answers other readers of the same channels that start within it.
 */
export class SharedPage {
  readonly #start: Position;
  readonly #page: LogPage;
  readonly #epoch: string;
  /** Nothing later than this was evicted from the stretch of the page. */
  readonly #knownEvictions: number;
  readonly #offsets: readonly number[];

  private constructor(start: Position, epoch: string, options: ReadOptions, page: LogPage) {
    this.#start = start;
    this.#epoch = epoch;
    this.#page = page;
    this.#knownEvictions = Number(options.knownEvictions ?? 0);
    this.#offsets = page.entries.map(({ position }) => offsetIn(epoch, position));
  }

  /** Returns the page for sharing, or `undefined` if it answers no other reader. */
  static of(start: ReadStart, options: ReadOptions, page: LogPage): SharedPage | undefined {
    if (typeof start !== "string" || page.gap !== undefined) return undefined;
    const epoch = parsePosition(start)?.epoch;
    if (epoch === undefined || parsePosition(page.scannedThrough)?.epoch !== epoch) return undefined;
    return new SharedPage(start, epoch, options, page);
  }

  /**
   * Returns the part of the page that answers another request for the same channels, if there is
   * one.
   */
  answer(start: ReadStart, { through, knownEvictions, limit }: ReadOptions): LogPage | undefined {
    if (typeof start !== "string" || !this.#isVerified(start)) return undefined;
    const [from, end] = [offsetIn(this.#epoch, start), offsetIn(this.#epoch, through)];
    const scanned = offsetIn(this.#epoch, this.#page.scannedThrough);
    const isWithin = from >= offsetIn(this.#epoch, this.#start) && from < scanned && scanned <= end;
    if (!isWithin || Number(knownEvictions ?? 0) < this.#knownEvictions) return undefined;
    return this.#partAfter(from, limit);
  }

  /**
   * Whether a start is known to be a position of this history, and not of one that was rewritten.
   */
  #isVerified(start: Position): boolean {
    if (start === this.#start) return true;
    return this.#page.entries[this.#offsets.indexOf(offsetIn(this.#epoch, start))]?.position === start;
  }

  #partAfter(offset: number, limit: number): LogPage {
    const { entries, scannedThrough, evictions } = this.#page;
    const rest = entries.filter((_, i) => this.#offsets[i]! > offset);
    if (rest.length <= limit) return { entries: rest, scannedThrough, evictions };
    const part = rest.slice(0, limit);
    return { entries: part, scannedThrough: part.at(-1)!.position, evictions };
  }
}
