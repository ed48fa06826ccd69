interface Runtime {
  /** Set in Node, Bun and Deno, not in browsers. */
  setImmediate?: (task: () => void) => void;
  /** Not set in Cloudflare Workers with a compatibility date before August 2025. */
  MessageChannel?: typeof MessageChannel;
  setTimeout: (task: () => void) => void;
}

/**
 * Runs a task soon: after everything that runs now, and the promises that it awaits without input
 * or output. A timer is the last resort: browsers would delay one by 4 ms, and by 1 s in a hidden
 * tab.
 */
export function postTask(task: () => void): void {
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
