import { isSseError, SseError } from "@sse/core";
import type { RedisLogClock } from "./clock.js";
import { isServerError, type RedisConnection } from "./driver.js";

/** A connection with a deadline for each command. The first that is missed, and any other trouble, ends it. */
export class Session {
  readonly #connection: RedisConnection;
  readonly #clock: RedisLogClock;
  readonly #timeout: number;
  /** Rejects what waits for a reply. */
  readonly #waiting = new Set<(error: unknown) => void>();
  /** Why no new commands are taken; absent while they are. */
  #retired: Error | undefined;
  #destroyed = false;
  #end: () => void = () => {};
  /** Resolves when no more commands can be sent. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#end = resolve;
  });

  /** @param timeout most milliseconds for a reply. */
  constructor(connection: RedisConnection, clock: RedisLogClock, timeout: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#timeout = timeout;
    connection.onEnd(() => this.destroy());
  }

  /** Whether it takes no more commands. */
  get over(): boolean {
    return this.#destroyed || this.#retired !== undefined;
  }

  /** Resolves once commands can be sent. */
  opened(): Promise<void> {
    return this.#guard(() => this.#connection.ready, 0);
  }

  /**
   * Sends a command.
   *
   * @param blocking milliseconds for which the server may wait before it replies.
   * @throws {SseError} (as a rejection) `log-unavailable`: certainly not sent. Everything else that it rejects with may have come after it was sent.
   */
  send(command: string, args: readonly string[], keyAt: number, blocking = 0): Promise<unknown> {
    return this.#guard(() => this.#connection.send(command, args, keyAt), blocking);
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    return this.#guard(() => this.#connection.subscribe(channel, listener), 0);
  }

  ping(): Promise<unknown> {
    return this.#guard(() => this.#connection.ping(), 0);
  }

  /** Takes no new commands, and ends once the last reply has come. */
  retire(reason: Error): void {
    if (this.over) return;
    this.#retired = reason;
    this.#end();
    if (this.#waiting.size === 0) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#end();
    this.#connection.destroy();
    // Not every driver rejects pending calls, least of all those of a connection that is still opening.
    for (const abandon of [...this.#waiting]) abandon(this.#reason);
  }

  get #reason(): Error {
    return this.#retired ?? new Error("the connection has broken");
  }

  #guard<T>(ask: () => Promise<T>, blocking: number): Promise<T> {
    if (this.over) return Promise.reject(unavailable(this.#reason));
    return new Promise<T>((resolve, reject) => {
      const milliseconds = this.#timeout + blocking;
      const timer = this.#clock.setTimeout(
        () => abandon(new Error(`Redis did not answer within ${milliseconds} ms`)),
        milliseconds,
      );
      const settle = () => {
        this.#clock.clearTimeout(timer);
        this.#waiting.delete(abandon);
        if (this.#retired !== undefined && this.#waiting.size === 0) this.destroy();
      };
      const abandon = (error: unknown) => {
        settle();
        reject(error);
        if (!isServerError(error)) this.destroy();
      };
      this.#waiting.add(abandon);
      ask().then((reply) => {
        settle();
        resolve(reply);
      }, abandon);
    });
  }
}

/** Redis cannot be reached, and nothing was stored. */
export function unavailable(cause: unknown): SseError {
  if (isSseError(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SseError(
    "log-unavailable",
    `Redis cannot be used now (${reason}); nothing was stored, try again later`,
    { cause },
  );
}
