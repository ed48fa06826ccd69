import type { ReadOptions, ReadStart, TimerHandle } from "@sse/hub/log";
import type { RedisLogClock } from "../options.js";
import type { Stretch } from "../stretch.js";

/**
 * Milliseconds for which a stretch is kept. What was evicted within this time may still be read.
 */
const maxAge = 1_000;

const maxStretches = 64;

/** Maximum bytes of the entries that are kept. */
const maxBytes = 8 * 1024 * 1024;

/**
 * The stretches that have just answered several readers, for those that follow a moment later:
 * thousands that return at once do not arrive in one turn.
 */
export class RecentStretches {
  readonly #clock: RedisLogClock;
  readonly #stretches = new Map<Stretch, TimerHandle>();
  #bytes = 0;

  constructor(clock: RedisLogClock) {
    this.#clock = clock;
  }

  add(stretch: Stretch): void {
    this.#stretches.set(
      stretch,
      this.#clock.setTimeout(() => this.#remove(stretch), maxAge),
    );
    this.#bytes += stretch.bytes;
    for (const oldest of this.#stretches.keys()) {
      if (this.#stretches.size <= maxStretches && this.#bytes <= maxBytes) break;
      this.#remove(oldest);
    }
  }

  /** Returns a stretch that answers a read. */
  find(start: ReadStart, options: ReadOptions): Stretch | undefined {
    for (const stretch of this.#stretches.keys()) if (stretch.answers(start, options)) return stretch;
    return undefined;
  }

  clear(): void {
    for (const stretch of [...this.#stretches.keys()]) this.#remove(stretch);
  }

  #remove(stretch: Stretch): void {
    const timer = this.#stretches.get(stretch);
    if (!this.#stretches.delete(stretch)) return;
    this.#clock.clearTimeout(timer);
    this.#bytes -= stretch.bytes;
  }
}
