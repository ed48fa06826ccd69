import type { EndInfo, SseError } from "@sse/core";
import type { EventSourceState } from "./client.js";
import { type Deferred, deferred } from "./deferred.js";
import { notRepeatable } from "./errors.js";
import type { CloseInfo } from "./lifecycle.js";
import type { EventSourceOptions } from "./options.js";
import type { Receiver, Transport } from "./transport/transport.js";
import { watchVisibility } from "./visibility.js";

/** Connects and disconnects a client. */
export class ClientState {
  /** The state that the application sees. */
  current: EventSourceState = "idle";
  /** Whether the application has read {@link closed}, which resolves to the reason of the end. */
  isObserved = false;

  readonly #options: EventSourceOptions;
  readonly #receiver: Receiver;
  readonly #transport: Transport;
  readonly #onEnd: (info: CloseInfo) => void;
  /** Lasts from `connect()` to `close()`. */
  #life: AbortController | undefined;
  /** Lasts, within a life, until a pause or a restart. */
  #run: AbortController | undefined;
  #closing: Deferred<CloseInfo> = deferred();

  /** @param onEnd called each time the client is closed. */
  constructor(
    options: EventSourceOptions,
    receiver: Receiver,
    transport: Transport,
    onEnd: (info: CloseInfo) => void,
  ) {
    this.#options = options;
    this.#receiver = receiver;
    this.#transport = transport;
    this.#onEnd = onEnd;
  }

  /** As `closed`, for those that do not hear the error. */
  get closing(): Promise<CloseInfo> {
    return this.#closing.promise;
  }

  /** Resolves when the client is closed. */
  get closed(): Promise<CloseInfo> {
    this.isObserved = true;
    return this.#closing.promise;
  }

  connect(): void {
    if (!this.#life) this.reconnect();
    else if (this.current === "paused") this.#start();
    else this.#transport.wake();
  }

  reconnect(): void {
    // An open stream is not left for a request that must not be sent.
    if (!this.#receiver.method) this.#receiver.report(notRepeatable());
    else if (this.#life) this.#start();
    else this.#begin();
  }

  /** Closes the client: because of the error, or at the end of a run. */
  end(error?: SseError, run?: EndInfo): void {
    if (this.current === "closed") return;
    this.current = "closed";
    this.#run?.abort();
    this.#life?.abort();
    this.#life = undefined;
    const info: CloseInfo = { ...(error && { error }), ...(run && { end: run }) };
    this.#closing.resolve(info);
    this.#onEnd(info);
  }

  #begin(): void {
    const { signal, pauseWhenHidden } = this.#options;
    if (this.current === "closed") this.#closing = deferred();
    const life = new AbortController();
    this.#life = life;
    this.#start();
    signal?.addEventListener("abort", () => this.end(), { signal: life.signal });
    if (signal?.aborted) this.end();
    else if (pauseWhenHidden) {
      const onShown = () => this.current === "paused" && this.#start();
      watchVisibility(() => this.#pause(), onShown, life.signal);
    }
  }

  #start(): void {
    this.#run?.abort();
    this.#run = new AbortController();
    this.current = "connecting";
    this.#transport.start(this.#run.signal);
  }

  #pause(): void {
    if (!this.#receiver.method) return;
    this.#run?.abort();
    this.current = "paused";
  }
}
