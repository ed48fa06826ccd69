import { postTask } from "@sse/core/internal";

/**
 * Runs work in order, each in a task of its own, after all microtasks of the one before: a listener
 * that awaits continues before the next event, as where a runtime dispatches each event in a task
 * (WHATWG HTML §9.2.6, step 8 of dispatching).
 */
export class TaskQueue {
  #works: (() => void)[] = [];
  #next = 0;

  push(work: () => void): void {
    this.#works.push(work);
    postTask(this.#run);
  }

  /** Drops all works. */
  clear(): void {
    this.#works = [];
    this.#next = 0;
  }

  /** Runs the next work: in which order the runtime runs tasks does not matter. */
  readonly #run = (): void => {
    const work = this.#works[this.#next++];
    if (!this.#works[this.#next]) this.clear();
    work?.();
  };
}
