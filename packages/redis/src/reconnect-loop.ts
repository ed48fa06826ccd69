import type { Sleep } from "@sse/hub/log";
import type { Link, Opened } from "./link.js";

/** The part of a {@link ReconnectLoop} that its work uses. */
export interface LoopControl {
  /** Whether to continue. */
  readonly active: boolean;
  /** Ends an outage: the next error is reported again. */
  markHealthy(): void;
}

/** Does some work on a link while it is started: on one session after the other. */
export class ReconnectLoop<T> {
  readonly #link: Link<T>;
  readonly #work: (opened: Opened<T>, control: LoopControl) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  /**
   * The wait of the present run, which identifies the run: one that has been stopped may still be
   * on its way out.
   */
  #run: Sleep | undefined;
  #failing = false;

  /**
   * @param link a link for this loop alone, which reports its errors to {@link reportError}.
   * @param work resolves when its session has ended or the loop is stopped.
   * @param onError receives one error of each outage.
   */
  constructor(
    link: Link<T>,
    work: (opened: Opened<T>, control: LoopControl) => Promise<void>,
    onError: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#work = work;
    this.#onError = onError;
  }

  /** Starts the loop. Returns false if it is started already. */
  start(): boolean {
    if (this.#run !== undefined) return false;
    const run = this.#link.sleep();
    this.#run = run;
    void this.#repeat(run);
    return true;
  }

  stop(): void {
    if (this.#run === undefined) return;
    this.#run.close();
    this.#run = undefined;
    this.#link.drop();
  }

  close(): void {
    this.stop();
    this.#link.close();
  }

  reportError(error: unknown): void {
    if (this.#failing || this.#run === undefined) return;
    this.#failing = true;
    this.#onError(error);
  }

  async #repeat(run: Sleep): Promise<void> {
    let failures = 0;
    const active = () => this.#run === run;
    const control: LoopControl = {
      get active() {
        return active();
      },
      markHealthy: () => {
        failures = 0;
        this.#failing = false;
      },
    };
    while (active()) {
      try {
        const opened = await this.#link.open();
        if (active()) await this.#work(opened, control);
      } catch (error) {
        if (!active()) return;
        this.#link.drop();
        this.reportError(error);
        await run.for(this.#link.backOff(failures));
        failures += 1;
      }
    }
  }
}
