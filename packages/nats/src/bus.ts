import type { Subscription } from "@nats-io/nats-core";
import { SseError } from "@sse/core";
import { encodeUtf8, withTimeout } from "@sse/core/internal";
import type { BusListener, HubBus } from "@sse/hub/log";
import type { Link } from "./connection/link.js";
import type { Session } from "./connection/session.js";
import { tooLarge, unavailable } from "./errors.js";

/** The maximum size of a message in bytes. */
const maxMessageBytes = 524_288;

/**
 * Carries messages between hubs by publish and subscribe, beside the stream. It subscribes while it
 * has listeners.
 */
export class NatsBus implements HubBus {
  readonly #link: Link;
  readonly #listeners = new Set<BusListener>();
  /** The listeners that have been notified that listening has started. */
  readonly #started = new Set<BusListener>();
  #subscription: Subscription | undefined;
  #unwatch: (() => void) | undefined;
  #closed = false;

  constructor(link: Link) {
    this.#link = link;
  }

  async send(message: string): Promise<void> {
    this.#assertOpen();
    const payload = encodeUtf8(message);
    if (payload.byteLength > maxMessageBytes)
      throw tooLarge("a message between hubs", payload.byteLength, maxMessageBytes, "send less");
    const session = await this.#link.ready();
    this.#assertOpen();
    try {
      session.nc.publish(this.#link.subjects.bus, payload);
      await this.#flush(session);
    } catch (error) {
      this.#assertOpen();
      throw unavailable(error);
    }
  }

  listen(listener: BusListener): () => void {
    this.#assertOpen();
    this.#listeners.add(listener);
    if (this.#unwatch === undefined) this.#start();
    else if (this.#link.session !== undefined) void this.#startFor(this.#link.session, [listener]);
    return () => {
      this.#listeners.delete(listener);
      this.#started.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#started.clear();
    this.#stop();
  }

  #start(): void {
    this.#unwatch = this.#link.watch({
      up: (session) => this.#subscribe(session),
      down: (error) => {
        this.#unsubscribe();
        this.#started.clear();
        for (const listener of this.#listeners) listener.error(error);
      },
    });
  }

  #stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#unsubscribe();
  }

  #unsubscribe(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #subscribe(session: Session): void {
    this.#subscription = session.nc.subscribe(this.#link.subjects.bus, {
      callback: (error, message) => {
        if (error !== null) this.#link.invalidate(session, error);
        else for (const listener of this.#started) listener.message(message.string());
      },
    });
    void this.#startFor(session, [...this.#listeners]);
  }

  /** Waits until the server has the subscription. */
  async #startFor(session: Session, listeners: readonly BusListener[]): Promise<void> {
    const subscription = this.#subscription;
    try {
      await this.#flush(session);
    } catch (error) {
      this.#link.invalidate(session, error);
    }
    if (subscription === undefined || subscription !== this.#subscription) return;
    for (const listener of listeners) {
      if (!this.#listeners.has(listener)) continue;
      this.#started.add(listener);
      listener.reset();
    }
  }

  /** Waits until the server has processed what was sent. */
  #flush({ nc }: Session): Promise<void> {
    const { commandTimeout, clock } = this.#link.settings;
    return withTimeout(nc.flush(), {
      milliseconds: commandTimeout,
      timers: clock,
      onTimeout: () => new Error("the server did not respond in time"),
    });
  }

  #assertOpen(): void {
    if (this.#closed) throw new SseError("closed", "this bus has been closed; create another log");
    this.#link.assertOpen();
  }
}
