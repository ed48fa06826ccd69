/**
 * Resolves in a task of its own, after all microtasks that are queued by then: what a listener awaited goes on before the next event,
 * as it does where a runtime dispatches each event in a task (WHATWG HTML §9.2.6, step 8 of dispatching).
 *
 * It is no timer: browsers would stretch one to 4 ms, and to 1 s in a hidden tab.
 */
export function nextTask(): Promise<void> {
  return new Promise(runtime.setImmediate ?? postTask);
}

/** Node and Bun have it, browsers have not. */
const runtime = globalThis as { setImmediate?: (task: () => void) => void };

/** An open port would keep Deno from ending, so each task has a channel of its own and closes it. */
function postTask(task: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(null);
}
