import type { HubClock, TimerHandle } from "../clock.js";
import type { LocalRun } from "./local-run.js";

/** Milliseconds between two looks at the runs. */
const interval = 1_000;

/** The parts of a hub that a monitor looks at. */
export interface RunMonitorContext {
  readonly clock: HubClock;
  /** Whether a run has readers on this instance. */
  readonly hasReadersHere: (run: string) => boolean;
  /** Whether an instance is alive, or may be. */
  readonly mayBeAlive: (instance: string) => boolean;
  /** Ends a run that has readers here, if its producer is dead. Does not reject. */
  readonly lost: (run: string) => Promise<void>;
}

/**
 * Looks once in a second for runs here that everybody has left, and for runs with readers here
 * whose producer has died. One timer, which runs while there is anything to look for.
 */
export class RunMonitor {
  readonly #context: RunMonitorContext;
  /** Runs of this instance that may be abandoned, and the times at which they last had a reader. */
  readonly #lastRead = new Map<LocalRun, number>();
  /** Runs of other instances that have readers here, with the instance of the producer. */
  readonly #producers = new Map<string, string>();
  /** Runs that are being ended, which takes long while the log cannot be reached. */
  readonly #losing = new Set<string>();
  #timer: TimerHandle | undefined;

  constructor(context: RunMonitorContext) {
    this.#context = context;
  }

  /** Cancels a run of this instance once it has had no reader for its `abandonAfter`. */
  watchReaders(run: LocalRun): void {
    if (run.terms.abandonAfter === 0) return;
    this.#lastRead.set(run, this.#context.clock.monotonic());
    this.#start();
  }

  /** Records that a run of this instance has a reader, however short it stays. */
  recordReader(run: LocalRun): void {
    if (this.#lastRead.has(run)) this.#lastRead.set(run, this.#context.clock.monotonic());
  }

  /** Reports a run of another instance once that has died, as long as the run has readers here. */
  watchProducer(run: string, instance: string): void {
    this.#producers.set(run, instance);
    this.#start();
  }

  /** Ends both watches of a run, which has ended. */
  forget(run: string, local: LocalRun | undefined): void {
    this.#producers.delete(run);
    if (local !== undefined) this.#lastRead.delete(local);
    if (this.#isIdle) this.close();
  }

  close(): void {
    if (this.#timer !== undefined) this.#context.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get #isIdle(): boolean {
    return this.#lastRead.size === 0 && this.#producers.size === 0;
  }

  #start(): void {
    this.#timer ??= this.#context.clock.setTimeout(() => this.#look(), interval);
  }

  #look(): void {
    this.#timer = undefined;
    const { clock, hasReadersHere, mayBeAlive } = this.#context;
    const now = clock.monotonic();
    for (const [run, lastRead] of this.#lastRead) {
      if (run.readers > 0) this.#lastRead.set(run, now);
      else if (now - lastRead >= run.terms.abandonAfter) void run.cancel("abandoned");
    }
    for (const [run, instance] of [...this.#producers]) {
      if (!hasReadersHere(run)) this.#producers.delete(run);
      else if (!mayBeAlive(instance)) this.#lose(run);
    }
    if (!this.#isIdle) this.#start();
  }

  #lose(run: string): void {
    if (this.#losing.has(run)) return;
    this.#losing.add(run);
    void this.#context.lost(run).then(() => this.#losing.delete(run));
  }
}
