import type { Timers } from "@sse/core";
import { Sleep } from "../sleep.js";

/** The number of runs that are remembered. */
const maxRuns = 10_000;

/** Milliseconds before the next attempt after one that failed. */
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
    await this.#sleep.for(0);
    for (const id of this.#runs) {
      if (this.#closed) break;
      this.#runs.delete(id);
      try {
        await this.#endIfHeld(id);
      } catch {
        // Another attempt follows, behind the others: what fails may concern this run alone.
        this.#runs.add(id);
        await this.#sleep.for(retryDelay);
      }
    }
    this.#working = false;
  }
}
