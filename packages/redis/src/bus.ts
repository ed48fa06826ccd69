import type { BusListener, EpochOffset, HubBus } from "@sse/hub/log";
import { Sleep } from "@sse/hub/log";
import { logClosed, unavailable } from "./errors.js";
import type { Link, LinkMaker } from "./link.js";
import type { RedisLogClock } from "./options.js";
import { type LoopControl, ReconnectLoop } from "./reconnect-loop.js";
import type { Session } from "./session.js";

/** The parts that a bus is made of. */
export interface BusContext {
  /** The name of the channel that all instances use. */
  readonly channel: string;
  /** The link for commands. It is not closed with the bus. */
  readonly commands: Link<EpochOffset>;
  /** Makes the link that subscribes. */
  readonly subscription: LinkMaker<void>;
  /** Milliseconds between two pings. */
  readonly pingInterval: number;
  readonly clock: RedisLogClock;
}

interface ListenerState {
  readonly listener: BusListener;
  started: boolean;
}

/** Publish and subscribe. It subscribes on a connection of its own while it has listeners. */
export class RedisBus implements HubBus {
  readonly #context: BusContext;
  readonly #loop: ReconnectLoop<void>;
  readonly #sleep: Sleep;
  readonly #listeners = new Set<ListenerState>();
  #subscribed = false;
  #closed = false;

  constructor(context: BusContext) {
    this.#context = context;
    this.#sleep = new Sleep(context.clock);
    this.#loop = new ReconnectLoop(
      context.subscription(
        (session) => session.subscribe(context.channel, (message) => this.#deliver(message)),
        (error) => this.#loop.reportError(error),
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
      const { session } = await commands.connected();
      await session.send("PUBLISH", [channel, message], 0);
    } catch (error) {
      throw this.#closed ? logClosed() : unavailable(error);
    }
  }

  listen(listener: BusListener): () => void {
    this.#assertOpen();
    const state: ListenerState = { listener, started: false };
    this.#listeners.add(state);
    if (!this.#loop.start() && this.#subscribed) this.#start(state);
    return () => {
      this.#listeners.delete(state);
      if (this.#listeners.size > 0) return;
      this.#subscribed = false;
      this.#loop.stop();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#sleep.close();
    this.#loop.close();
  }

  async #listen(session: Session, control: LoopControl): Promise<void> {
    this.#subscribed = true;
    for (const state of [...this.#listeners]) this.#start(state);
    try {
      while (control.active) {
        await session.ping();
        control.markHealthy();
        await this.#sleep.orUntil(session.ended, this.#context.pingInterval);
      }
    } finally {
      if (control.active) this.#pause();
    }
  }

  /** Messages that arrive before the listeners are reset are not delivered. */
  #pause(): void {
    this.#subscribed = false;
    for (const state of this.#listeners) state.started = false;
  }

  #start(state: ListenerState): void {
    state.started = true;
    if (this.#listeners.has(state)) state.listener.reset();
  }

  #deliver(message: string): void {
    for (const state of [...this.#listeners])
      if (state.started && this.#listeners.has(state)) state.listener.message(message);
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }
}
