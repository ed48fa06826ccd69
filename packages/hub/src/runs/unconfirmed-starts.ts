import type { Timers } from "@sse/core";
import { Sleep } from "../sleep.js";

/** The number of runs that are remembered. */
const maxRuns = 10_000;

/** Milliseconds before another attempt while the log cannot be reached. */
const retryDelay = 1_000;

/**
 * Ends the runs whose start failed on this instance and was stored all the same: to the other
 * instances their producer is alive.
 */
export class UnconfirmedStarts {
  /** Ends a run as lost if it is held. Rejects if the log cannot be reached. */
  readonly #endIfHeld: (id: string) => Promise<unknown>;
  readonly #sleep: Sleep;
  readonly #runs = new Set<string>();
  #working = false;
  #closed = false;

  constructor(timers: Timers, endIfHeld: (id: string) => Promise<unknown>) {
    this.#sleep = new Sleep(timers);
    this.#endIfHeld = endIfHeld;
  }

  add(id: string): void {
    this.#runs.add(id);
    for (const oldest of this.#runs) {
      if (this.#runs.size <= maxRuns) break;
      this.#runs.delete(oldest);
    }
    if (!this.#working) void this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#sleep.close();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let wait = 0; this.#runs.size > 0 && !this.#closed; wait = retryDelay) {
      await this.#sleep.for(wait);
      try {
        for (const id of this.#runs) {
          await this.#endIfHeld(id);
          this.#runs.delete(id);
        }
      } catch {
        // Another attempt follows.
      }
    }
    this.#working = false;
  }
}
