import { SseError } from "@sse/core";
import type { BusListener, HubBus, TimerHandle } from "@sse/hub";
import type { RedisLogClock } from "./clock.js";
import { closed, type Link } from "./link.js";
import type { Place } from "./position.js";
import { type Session, unavailable } from "./session.js";

/** What a bus works with. */
export interface BusContext {
  /** Whom everybody publishes to. */
  readonly channel: string;
  /** Where commands are sent. It is not closed with the bus. */
  readonly commands: Link<Place>;
  /** Makes the link that subscribes. */
  readonly subscription: (
    prepare: (session: Session) => Promise<void>,
    onTrouble: (error: unknown) => void,
  ) => Link<void>;
  /** Milliseconds between two signs of life that are asked for where nothing may come for long. */
  readonly watch: number;
  readonly clock: RedisLogClock;
}

/** Publish and subscribe. It subscribes on a connection of its own, for as long as somebody listens. */
export class RedisBus implements HubBus {
  readonly #context: BusContext;
  readonly #link: Link<void>;
  readonly #listeners = new Set<{ readonly listener: BusListener; listening: boolean }>();
  #subscribed = false;
  #running = false;
  #troubled = false;
  #closed = false;

  constructor(context: BusContext) {
    this.#context = context;
    this.#link = context.subscription(
      (session) => session.subscribe(context.channel, (message) => this.#deliver(message)),
      (error) => this.#trouble(error),
    );
  }

  async send(message: string): Promise<void> {
    this.#assertOpen();
    const { commands, channel } = this.#context;
    try {
      const { session } = await commands.soon();
      await session.send("PUBLISH", [channel, message], 0);
    } catch (error) {
      throw error instanceof SseError ? error : unavailable(error);
    }
  }

  listen(listener: BusListener): () => void {
    this.#assertOpen();
    const entry = { listener, listening: false };
    this.#listeners.add(entry);
    if (!this.#running) void this.#run();
    else if (this.#subscribed) this.#begin(entry);
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size === 0) this.#link.drop();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#link.close();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let failures = 0; this.#listeners.size > 0; ) {
      try {
        const { session } = await this.#link.open();
        this.#troubled = false;
        this.#subscribed = true;
        for (const entry of [...this.#listeners]) this.#begin(entry);
        failures = 0;
        while (!session.over) {
          await session.ping();
          await this.#rest(session);
        }
      } catch (error) {
        if (this.#listeners.size > 0) this.#trouble(error);
      }
      this.#subscribed = false;
      for (const entry of this.#listeners) entry.listening = false;
      if (this.#listeners.size > 0) await this.#link.pause(failures);
      failures += 1;
    }
    this.#running = false;
  }

  /** Waits until it is time for the next sign of life, or until the session has ended. */
  async #rest(session: Session): Promise<void> {
    const { clock, watch } = this.#context;
    let timer: TimerHandle;
    const due = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, watch);
    });
    await Promise.race([due, session.ended]);
    clock.clearTimeout(timer);
  }

  #begin(entry: { readonly listener: BusListener; listening: boolean }): void {
    entry.listening = true;
    if (this.#listeners.has(entry)) entry.listener.reset();
  }

  #deliver(message: string): void {
    for (const entry of [...this.#listeners])
      if (entry.listening && this.#listeners.has(entry)) entry.listener.message(message);
  }

  /** Tells the listeners of trouble, once until they listen again. */
  #trouble(error: unknown): void {
    if (this.#troubled) return;
    this.#troubled = true;
    for (const { listener } of this.#listeners) listener.error(error);
  }

  #assertOpen(): void {
    if (this.#closed) throw closed();
  }
}
