import type { Timers } from "@sse/core";
import { Sleep } from "../../sleep.js";

/** The maximum number of streams that are remembered; the oldest is forgotten first. */
const maxStreams = 100;

/** Remembers, for streams that a client was asked to leave, whether it has left. */
export class Departures {
  readonly #streams = new Map<string, Promise<void>>();

  add(stream: string, done: Promise<void>): void {
    const [oldest] = this.#streams.keys();
    if (oldest !== undefined && this.#streams.size >= maxStreams) this.#streams.delete(oldest);
    this.#streams.set(stream, done);
  }

  /**
   * Waits until the client of a stream has left, at most for a time.
   *
   * @returns whether it has; `undefined` for a stream that is not remembered.
   */
  async has(stream: string, timers: Timers, milliseconds: number): Promise<boolean | undefined> {
    const done = this.#streams.get(stream);
    return done && !(await new Sleep(timers).orUntil(done, milliseconds));
  }
}
