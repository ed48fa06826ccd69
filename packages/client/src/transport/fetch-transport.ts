import type { SseError } from "@sse/core";
import { systemClock } from "../clock.js";
import { handlerFailed, notRepeatable } from "../errors.js";
import type { EventSourceOptions, PerAttempt } from "../options.js";
import { type RetryPlan, retryAfterOf, retryDelay, retryPlan } from "../retry.js";
import { attempt, reportUnsendable } from "./attempt.js";
import type { ConnectionState } from "./connection-state.js";
import { isRetryable } from "./response.js";
import type { Receiver, Transport } from "./transport.js";

/** A transport that sends its own requests, one after the other. */
export class FetchTransport implements Transport {
  readonly #connection: ConnectionState;
  readonly #plan: RetryPlan;
  #wake: () => void = () => {};
  /** Whether a device that is online again may end the wait: not if the server asked for it. */
  #wakesOnline = false;

  constructor(url: PerAttempt<string | URL>, options: EventSourceOptions, receiver: Receiver) {
    const { clock = systemClock, idleTimeout } = options;
    this.#plan = retryPlan(options.retry);
    this.#connection = { url, options, clock, receiver, openedAt: Infinity, idleTimeout, sentId: "" };
  }

  start(signal: AbortSignal): void {
    signal.addEventListener("abort", () => this.#wake());
    // The device is online again, or the page was restored from the browser's cache.
    const onOnline = () => this.#wakesOnline && this.#wake();
    for (const name of ["online", "pageshow"]) globalThis.addEventListener?.(name, onOnline, { signal });
    this.#run(signal).catch((cause) => this.#connection.receiver.end(handlerFailed(cause)));
  }

  wake(): void {
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    const { clock, receiver } = connection;
    let failures = 0;
    delete connection.runEnd;
    // Another tab may have sent the request.
    if (!receiver.method) return receiver.end(notRepeatable());
    while (!signal.aborted) {
      receiver.emit("connecting", undefined);
      const error = await attempt(connection, failures, signal);
      if (signal.aborted) return;
      if (clock.now() - connection.openedAt >= this.#plan.resetAfter && error?.code !== "refused")
        failures = 0;
      // The id may be what makes the headers too large: one attempt is made without it.
      if (error?.status === 431 && connection.sentId && receiver.method) {
        reportUnsendable(connection, connection.sentId);
        continue;
      }
      const retries = error && this.#mayRetry(error, failures);
      if (signal.aborted) return;
      if (!retries) {
        // The end of a stream that is not repeated is no error.
        return receiver.end(
          error?.code === "ended" && !this.#maxAttempts ? undefined : error,
          connection.runEnd,
        );
      }
      failures += 1;
      await this.#waitToRetry(error, failures);
    }
  }

  /** The maximum number of attempts in a row after the first one. */
  get #maxAttempts(): number {
    return this.#connection.receiver.method ? this.#plan.maxAttempts : 0;
  }

  #mayRetry(error: SseError, failures: number): boolean {
    if (failures >= this.#maxAttempts || error.code === "invalid-option") return false;
    return this.#connection.options.shouldRetry?.(error) ?? isRetryable(error.status);
  }

  async #waitToRetry(error: SseError, failures: number): Promise<void> {
    const { clock, receiver, retry } = this.#connection;
    const retryAfter = retryAfterOf(error.headers);
    const delay = retryDelay(failures, { retry, retryAfter }, this.#plan, clock.random());
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    receiver.emit("reconnecting", { attempt: failures, delay, error });
    this.#wakesOnline = retryAfter === undefined && error.code !== "refused";
    const timer = clock.setTimeout(() => this.#wake(), delay);
    await woken;
    clock.clearTimeout(timer);
  }
}
