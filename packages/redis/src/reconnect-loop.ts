import type { Link, Opened } from "./link.js";

/** What the work of a loop may ask and say. */
export interface LoopControl {
  /** Whether to go on. */
  readonly wanted: boolean;
  /** All is well: the next trouble is a new one. */
  well(): void;
}

/** Does some work on a link for as long as it is wanted: on one session after the other. */
export class Loop<T> {
  readonly #link: Link<T>;
  readonly #work: (opened: Opened<T>, control: LoopControl) => Promise<void>;
  readonly #onTrouble: (error: unknown) => void;
  /** The present run; one that has been stopped may still wait for something. */
  #run: object | undefined;
  #troubled = false;

  /**
   * @param link a link for this alone, which reports trouble to {@link trouble}.
   * @param work resolves when its session has ended or it is wanted no longer.
   * @param onTrouble is told of trouble, once until all is well again.
   */
  constructor(
    link: Link<T>,
    work: (opened: Opened<T>, control: LoopControl) => Promise<void>,
    onTrouble: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#work = work;
    this.#onTrouble = onTrouble;
  }

  /** Begins, if it has not begun. Answers whether it did. */
  start(): boolean {
    if (this.#run !== undefined) return false;
    const run = {};
    this.#run = run;
    void this.#repeat(run);
    return true;
  }

  stop(): void {
    if (this.#run === undefined) return;
    this.#run = undefined;
    this.#link.drop();
  }

  close(): void {
    this.stop();
    this.#link.close();
  }

  trouble(error: unknown): void {
    if (this.#troubled || this.#run === undefined) return;
    this.#troubled = true;
    this.#onTrouble(error);
  }

  async #repeat(run: object): Promise<void> {
    let failures = 0;
    const wanted = () => this.#run === run;
    const control: LoopControl = {
      get wanted() {
        return wanted();
      },
      well: () => {
        failures = 0;
        this.#troubled = false;
      },
    };
    while (wanted()) {
      try {
        const opened = await this.#link.open();
        if (wanted()) await this.#work(opened, control);
      } catch (error) {
        if (!wanted()) return;
        this.#link.drop();
        this.trouble(error);
        await this.#link.pause(failures);
        failures += 1;
      }
    }
  }
}
