import { postTask } from "@sse/core/internal";

/** Number of tasks that run in one turn of the event loop. */
const tasksPerTurn = 8;

/**
 * Runs tasks in their order, a few in each turn, so that other work of the process runs in between.
 */
export class TurnQueue {
  #tasks: (() => void)[] = [];
  #next = 0;
  readonly #onEmpty: () => void;

  /** @param onEmpty called whenever all tasks have run. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** Whether no task waits. */
  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  add(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length === 1) postTask(() => this.#run());
  }

  #run(): void {
    const end = Math.min(this.#next + tasksPerTurn, this.#tasks.length);
    while (this.#next < end) this.#tasks[this.#next++]!();
    if (this.#next < this.#tasks.length) {
      postTask(() => this.#run());
      return;
    }
    this.#tasks = [];
    this.#next = 0;
    this.#onEmpty();
  }
}
