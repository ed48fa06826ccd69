import type { Subscription } from "@nats-io/nats-core";
import { SseError } from "@sse/core";
import type { BusListener, HubBus } from "@sse/hub/log";
import { within } from "./async.js";
import { type Link, type Session, unavailable } from "./connection/link.js";

/** The most bytes of a message. */
const longestMessage = 524_288;

/** Carries messages between hubs by publish and subscribe, beside the stream. */
export class NatsBus implements HubBus {
  readonly #link: Link;
  readonly #listeners = new Set<BusListener>();
  /** Those who have been told that listening has begun. */
  readonly #begun = new Set<BusListener>();
  #subscription: Subscription | undefined;
  #unwatch: (() => void) | undefined;
  #closed = false;

  constructor(link: Link) {
    this.#link = link;
  }

  async send(message: string): Promise<void> {
    this.#assertOpen();
    const payload = new TextEncoder().encode(message);
    if (payload.byteLength > longestMessage)
      throw new SseError("too-large", `a message between hubs has at most ${longestMessage} bytes`);
    const { nc } = await this.#link.ready();
    this.#assertOpen();
    try {
      nc.publish(this.#link.subjects.bus, payload);
      await within(this.#link.settings.commandTimeout, nc.flush(), "the server did not answer");
    } catch (error) {
      this.#assertOpen();
      throw unavailable(error);
    }
  }

  listen(listener: BusListener): () => void {
    this.#assertOpen();
    this.#listeners.add(listener);
    if (this.#unwatch === undefined) this.#start();
    else if (this.#link.session !== undefined) void this.#beginFor(this.#link.session, [listener]);
    return () => {
      this.#listeners.delete(listener);
      this.#begun.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch?.();
    this.#listeners.clear();
    this.#begun.clear();
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #start(): void {
    this.#unwatch = this.#link.watch({
      up: (session) => this.#subscribe(session),
      down: (error) => {
        this.#subscription?.unsubscribe();
        this.#begun.clear();
        for (const listener of this.#listeners) listener.error(error);
      },
    });
  }

  #subscribe(session: Session): void {
    this.#subscription = session.nc.subscribe(this.#link.subjects.bus, {
      callback: (error, message) => {
        if (error !== null) this.#link.doubt(session, error);
        else for (const listener of this.#begun) listener.message(message.string());
      },
    });
    void this.#beginFor(session, [...this.#listeners]);
  }

  /** Once the server has answered, it knows of the subscription. */
  async #beginFor(session: Session, listeners: readonly BusListener[]): Promise<void> {
    try {
      await within(this.#link.settings.commandTimeout, session.nc.flush(), "the server did not answer");
    } catch (error) {
      this.#link.doubt(session, error);
    }
    if (session !== this.#link.session) return;
    for (const listener of listeners) {
      if (!this.#listeners.has(listener)) continue;
      listener.reset();
      this.#begun.add(listener);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new SseError("closed", "this bus has been closed");
    this.#link.assertOpen();
  }
}
