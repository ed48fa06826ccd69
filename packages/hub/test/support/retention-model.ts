/** The bounds of a memory log, as its documentation gives them; 0 means unlimited. */
export interface RetentionBounds {
  maxEvents: number;
  maxEventsPerTopic: number;
  maxAge: number;
  maxBytes: number;
}

/** An entry as the model knows it. */
export interface ModelEntry {
  /** 1 for the first one in the life of the log. */
  readonly index: number;
  /** Names such as `*`, `topic:a`, `user:b`. */
  readonly channels: readonly string[];
  readonly bytes: number;
  /** Newer entries with the same channels and key may replace it. */
  readonly conflateKey: string | undefined;
  readonly publishedAt: number;
  /** The moment at which it was appended. */
  readonly appendedAt: number;
  /** The moment at which it ceased to be held; infinite while it is. */
  evictedAt: number;
  /** The last moment at which a page of the log contained it. */
  readAt?: number;
}

/**
 * The entries that retention still holds, computed from plain lists and from the documentation
 * alone: each topic, each user and the broadcast set keeps its newest entries; an entry is held
 * while one of these keeps it; beyond the bounds of all together the oldest go first.
 */
export class RetentionModel {
  /** Everything ever published in this life of the log, in order. */
  readonly entries: ModelEntry[] = [];
  readonly #bounds: RetentionBounds;
  #held: ModelEntry[] = [];

  constructor(bounds: RetentionBounds) {
    this.#bounds = bounds;
  }

  get head(): number {
    return this.entries.length;
  }

  append(
    entryOf: Pick<ModelEntry, "channels" | "bytes" | "conflateKey">,
    now: number,
    moment: number,
  ): ModelEntry {
    const entry = {
      ...entryOf,
      index: this.head + 1,
      publishedAt: now,
      appendedAt: moment,
      evictedAt: Number.POSITIVE_INFINITY,
    };
    this.entries.push(entry);
    this.#held.push(entry);
    this.#keep(new Set(this.#newestByChannel()), moment);
    this.expire(now, moment);
    return entry;
  }

  /** Evicts what is too old or too much at this time. */
  expire(now: number, moment: number): void {
    const { maxEvents, maxBytes, maxAge } = this.#bounds;
    let kept = this.#held;
    if (maxAge > 0) kept = kept.filter(({ publishedAt }) => now - publishedAt < maxAge);
    if (maxEvents > 0) kept = kept.slice(Math.max(0, kept.length - maxEvents));
    while (maxBytes > 0 && kept.reduce((sum, { bytes }) => sum + bytes, 0) > maxBytes) kept = kept.slice(1);
    this.#keep(new Set(kept), moment);
  }

  *#newestByChannel(): Iterable<ModelEntry> {
    const counts = new Map<string, number>();
    const limit = this.#bounds.maxEventsPerTopic || Number.POSITIVE_INFINITY;
    for (const entry of this.#held.toReversed()) {
      let counted = false;
      for (const channel of entry.channels) {
        const newer = counts.get(channel) ?? 0;
        counts.set(channel, newer + 1);
        if (newer < limit) counted = true;
      }
      if (counted) yield entry;
    }
  }

  #keep(kept: ReadonlySet<ModelEntry>, moment: number): void {
    for (const entry of this.#held) if (!kept.has(entry)) entry.evictedAt = moment;
    this.#held = this.#held.filter((entry) => kept.has(entry));
  }
}
