const settled = Promise.resolve();

/**
 * Calls listeners in a turn of their own. They must not run between two readers of a batch, between
 * two entries of the log, or between a reader's last entry and its going live.
 */
export function inOwnTurn(call: () => void): void {
  // `queueMicrotask` would make a resource of asynchronous hooks for each call.
  void settled.then(call);
}
