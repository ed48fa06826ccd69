import { logSilent } from "../errors.js";
import type { Sleep } from "../sleep.js";

/**
 * Milliseconds for which a reader waits for a log that does not settle. Longer than a crowd of
 * readers waits for its turn.
 */
const timeout = 60_000;

/**
 * Waits for a call of the log, and leaves no timer behind once the sleep is canceled.
 *
 * @throws {SseError} (as a rejection) `log-unavailable` if the call does not settle in time, and
 * the call's own errors.
 */
export async function awaitLog<T>(call: Promise<T>, sleep: Sleep): Promise<T> {
  const timedOut = await sleep.orUntil(call.then(ignore, ignore), timeout);
  if (timedOut) throw logSilent(`did not answer a read within ${timeout} ms`);
  return call;
}

function ignore(): void {}
