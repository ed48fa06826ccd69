/**
 * Runs work in order, each in a task of its own, after all microtasks of the one before: a listener
 * that awaits continues before the next event, as where a runtime dispatches each event in a task
 * (WHATWG HTML §9.2.6, step 8 of dispatching).
 */
export class TaskQueue {
  #works: (() => void)[] = [];
  #next = 0;

  /** The number of works that have not run. */
  get length(): number {
    return this.#works.length - this.#next;
  }

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
    if (this.length <= 0) this.clear();
    work?.();
  };
}

interface Runtime {
  /** Set in Node and Bun, not in browsers. */
  setImmediate?: (task: () => void) => void;
  /** Not set in Cloudflare Workers with a compatibility date before August 2025. */
  MessageChannel?: typeof MessageChannel;
  setTimeout: (task: () => void) => void;
}

/**
 * Runs a task soon. A timer is the last resort: browsers would delay one by 4 ms, and by 1 s in a
 * hidden tab.
 */
function postTask(task: () => void): void {
  const runtime = globalThis as Runtime;
  const { setImmediate, MessageChannel } = runtime;
  // Fake timers of vitest and jest have a clock, and run only when a test lets them.
  if (setImmediate && !("clock" in setImmediate)) setImmediate(task);
  else if (MessageChannel) postMessage(new MessageChannel(), task);
  else runtime.setTimeout(task);
}

/** Each task has a channel of its own, and closes it: an open port would keep Deno running. */
function postMessage({ port1, port2 }: MessageChannel, task: () => void): void {
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(null);
}
