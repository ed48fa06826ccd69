/**
 * Resolves in a task of its own, after all microtasks that are queued by then: a listener that
 * awaits continues before the next event, as where a runtime dispatches each event in a task
 * (WHATWG HTML §9.2.6, step 8 of dispatching).
 *
 * A timer is the last resort: browsers would delay one by 4 ms, and by 1 s in a hidden tab.
 */
export function nextTask(): Promise<void> {
  const runtime = globalThis as Runtime;
  const { setImmediate } = runtime;
  // Fake timers of vitest and jest have a clock, and run only when a test lets them.
  if (setImmediate && !("clock" in setImmediate)) return new Promise(setImmediate);
  return new Promise((resolve) => (runtime.MessageChannel ? postTask(resolve) : runtime.setTimeout(resolve)));
}

interface Runtime {
  /** Set in Node and Bun, not in browsers. */
  setImmediate?: (task: () => void) => void;
  /** Not set in Cloudflare Workers with a compatibility date before August 2025. */
  MessageChannel?: typeof MessageChannel;
  setTimeout: (task: () => void) => void;
}

/**
 * Runs a task. Each one has a channel of its own, and closes it: an open port would keep Deno
 * running.
 */
function postTask(task: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(null);
}
