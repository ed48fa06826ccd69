/**
 * Resolves in a task of its own, after all microtasks that are queued by then: a listener that
 * awaits continues before the next event, as where a runtime dispatches each event in a task
 * (WHATWG HTML §9.2.6, step 8 of dispatching).
 *
 * It is no timer: browsers would delay one by 4 ms, and by 1 s in a hidden tab.
 */
export function nextTask(): Promise<void> {
  return new Promise(runtime.setImmediate ?? postTask);
}

/** Set in Node and Bun, not in browsers. */
const runtime = globalThis as { setImmediate?: (task: () => void) => void };

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
