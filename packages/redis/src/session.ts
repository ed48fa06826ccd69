import { isServerError, type RedisConnection } from "./driver.js";
import { connectionBroken, unavailable } from "./errors.js";
import type { RedisLogClock } from "./options.js";

/**
 * A connection with a deadline for each command. The first missed deadline, and any error of the
 * connection, ends it.
 */
export class Session {
  readonly #connection: RedisConnection;
  readonly #clock: RedisLogClock;
  readonly #timeout: number;
  /**
   * Each rejects a pending call. Thousands may be pending, and each must be removed in constant
   * time: an abort signal searches through its listeners.
   */
  readonly #pending = new Set<(error: unknown) => void>();
  /** The reason why no new commands are accepted; absent while they are. */
  #retired: Error | undefined;
  #destroyed = false;
  #end: () => void = () => {};
  /** Resolves when no more commands can be sent. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#end = resolve;
  });

  /** @param timeout maximum milliseconds for a reply. */
  constructor(connection: RedisConnection, clock: RedisLogClock, timeout: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#timeout = timeout;
    connection.onEnd(() => this.destroy());
  }

  /** Whether it accepts no more commands. */
  get over(): boolean {
    return this.#destroyed || this.#retired !== undefined;
  }

  /** Resolves once commands can be sent. */
  opened(): Promise<void> {
    return this.#run(() => this.#connection.ready, 0);
  }

  /**
   * Sends a command.
   *
   * @param blocking milliseconds for which the server may wait before it replies.
   * @throws {SseError} (as a rejection) `log-unavailable`: certainly not sent. With any other error
   * it may have been sent.
   */
  send(command: string, args: readonly string[], keyAt: number, blocking = 0): Promise<unknown> {
    return this.#run(() => this.#connection.send(command, args, keyAt), blocking);
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    // A driver may pass on what has arrived when the connection is ended.
    const receive = (message: string) => this.#destroyed || listener(message);
    return this.#run(() => this.#connection.subscribe(channel, receive), 0);
  }

  ping(): Promise<unknown> {
    return this.#run(() => this.#connection.ping(), 0);
  }

  /** Accepts no new commands, and ends once the last reply has arrived. */
  retire(reason: Error): void {
    if (this.over) return;
    this.#retired = reason;
    this.#end();
    if (this.#pending.size === 0) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#end();
    this.#connection.destroy();
    // Not every driver rejects pending calls, least of all those of a connection that is still
    // opening.
    for (const abandon of [...this.#pending]) abandon(this.#reason);
  }

  get #reason(): Error {
    return this.#retired ?? connectionBroken();
  }

  #run<T>(ask: () => Promise<T>, blocking: number): Promise<T> {
    if (this.over) return Promise.reject(unavailable(this.#reason));
    return new Promise<T>((resolve, reject) => {
      const milliseconds = this.#timeout + blocking;
      const timer = this.#clock.setTimeout(
        () => abandon(new Error(`Redis did not answer within ${milliseconds} ms`)),
        milliseconds,
      );
      const settle = () => {
        this.#clock.clearTimeout(timer);
        this.#pending.delete(abandon);
        if (this.#retired !== undefined && this.#pending.size === 0) this.destroy();
      };
      const abandon = (error: unknown) => {
        settle();
        reject(error);
        if (!isServerError(error)) this.destroy();
      };
      this.#pending.add(abandon);
      ask().then((reply) => {
        settle();
        resolve(reply);
      }, abandon);
    });
  }
}
