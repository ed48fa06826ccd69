import { withTimeout } from "@sse/core/internal";
import type { HubClock } from "../clock.js";
import { logSilent } from "../errors.js";
import type { LogPage, ReadableLog, ReadOptions, ReadStart } from "../log/event-log.js";
import type { Position } from "../log/position.js";

/** The part of a log that a reader uses. */
export type Readable = Pick<ReadableLog, "read" | "head" | "compare">;

/**
 * Milliseconds for which a reader waits for a log that does not settle. Longer than a crowd of
 * readers waits for its turn.
 */
const timeout = 60_000;

/** Bounds the wait for each call: a log that never settles is reported, and called again. */
export class BoundedLog implements Readable {
  readonly #log: Readable;
  readonly #clock: HubClock;

  constructor(log: Readable, clock: HubClock) {
    this.#log = log;
    this.#clock = clock;
  }

  read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#bound(this.#log.read(start, options));
  }

  head(): Promise<Position> {
    return this.#bound(this.#log.head());
  }

  compare(a: Position, b: Position): number {
    return this.#log.compare(a, b);
  }

  #bound<T>(call: Promise<T>): Promise<T> {
    const onTimeout = () => logSilent(`did not answer a read within ${timeout} ms`);
    return withTimeout(call, { milliseconds: timeout, onTimeout, timers: this.#clock });
  }
}
