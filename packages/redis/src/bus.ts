import type { BusListener, HubBus, TimerHandle } from "@sse/hub/log";
import type { RedisLogClock } from "./clock.js";
import { closed, type Link, type LinkMaker } from "./link.js";
import type { Place } from "./position.js";
import { Loop, type LoopControl } from "./reconnect-loop.js";
import { type Session, unavailable } from "./session.js";

/** What a bus works with. */
export interface BusContext {
  /** Whom everybody publishes to. */
  readonly channel: string;
  /** Where commands are sent. It is not closed with the bus. */
  readonly commands: Link<Place>;
  /** Makes the link that subscribes. */
  readonly subscription: LinkMaker<void>;
  /** Milliseconds between two signs of life that are asked for where nothing may come for long. */
  readonly watch: number;
  readonly clock: RedisLogClock;
}

interface Listening {
  readonly listener: BusListener;
  begun: boolean;
}

/** Publish and subscribe. It subscribes on a connection of its own, for as long as somebody listens. */
export class RedisBus implements HubBus {
  readonly #context: BusContext;
  readonly #loop: Loop<void>;
  readonly #listeners = new Set<Listening>();
  #subscribed = false;
  #closed = false;

  constructor(context: BusContext) {
    this.#context = context;
    this.#loop = new Loop(
      context.subscription(
        (session) => session.subscribe(context.channel, (message) => this.#deliver(message)),
        (error) => this.#loop.trouble(error),
      ),
      (opened, control) => this.#listen(opened.session, control),
      (error) => {
        for (const { listener } of [...this.#listeners]) listener.error(error);
      },
    );
  }

  async send(message: string): Promise<void> {
    this.#assertOpen();
    const { commands, channel } = this.#context;
    try {
      const { session } = await commands.soon();
      await session.send("PUBLISH", [channel, message], 0);
    } catch (error) {
      throw this.#closed ? closed() : unavailable(error);
    }
  }

  listen(listener: BusListener): () => void {
    this.#assertOpen();
    const listening: Listening = { listener, begun: false };
    this.#listeners.add(listening);
    if (!this.#loop.start() && this.#subscribed) this.#begin(listening);
    return () => {
      this.#listeners.delete(listening);
      if (this.#listeners.size > 0) return;
      this.#subscribed = false;
      this.#loop.stop();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#loop.close();
  }

  async #listen(session: Session, control: LoopControl): Promise<void> {
    this.#subscribed = true;
    for (const listening of [...this.#listeners]) this.#begin(listening);
    try {
      while (control.wanted) {
        await session.ping();
        control.well();
        await this.#rest(session);
      }
    } finally {
      if (control.wanted) this.#pause();
    }
  }

  /** What comes before listening begins again is not given. */
  #pause(): void {
    this.#subscribed = false;
    for (const listening of this.#listeners) listening.begun = false;
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

  #begin(listening: Listening): void {
    listening.begun = true;
    if (this.#listeners.has(listening)) listening.listener.reset();
  }

  #deliver(message: string): void {
    for (const listening of [...this.#listeners])
      if (listening.begun && this.#listeners.has(listening)) listening.listener.message(message);
  }

  #assertOpen(): void {
    if (this.#closed) throw closed();
  }
}
