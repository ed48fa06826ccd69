import { type Deferred, deferred } from "../deferred.js";
import type { ReceivedEvent } from "../events.js";
import { EventIterator } from "./event-iterator.js";
import { createListeners, type Listeners } from "./listeners.js";

/** An event whose type is unknown. */
export type AnyEvent = ReceivedEvent<Record<string, unknown>>;

/** The listeners and loops that consume the events of one client. */
export class Consumers {
  /**
   * Resolves when an event can be delivered: there has been a consumer, and every loop has
   * processed the event before. `undefined`: now.
   */
  busy: Promise<unknown> | undefined;

  readonly #listeners: Listeners<string | undefined, AnyEvent>;
  readonly #loops: Set<EventIterator<AnyEvent>> = new Set();
  readonly #onReturn: () => void;
  readonly #arrival: Deferred<void> = deferred();

  /**
   * @param onReturn called when a loop is left early.
   * @param onError receives errors that listeners throw.
   */
  constructor(onReturn: () => void, onError: (error: unknown) => void) {
    this.#onReturn = onReturn;
    this.#listeners = createListeners(onError);
    this.#waitFor(this.#arrival.promise);
  }

  /** Adds a listener for the events of a name; `undefined`: for every event. */
  on(name: string | undefined, listener: (event: AnyEvent) => unknown): () => void {
    this.#arrival.resolve();
    return this.#listeners.add(name, listener);
  }

  /** Adds a listener for the next event of a name. */
  once(name: string, listener: (event: AnyEvent) => unknown): () => void {
    const remove = this.on(name, (event) => {
      remove();
      return listener(event);
    });
    return remove;
  }

  /** Adds a loop, which ends at once if the client is closed. */
  iterate(closed: boolean): EventIterator<AnyEvent> {
    this.#arrival.resolve();
    const loop = new EventIterator<AnyEvent>(this.#onReturn);
    this.#loops.add(loop);
    if (closed) this.end();
    return loop;
  }

  /** Calls the listeners, and passes the event to the loops. */
  deliver(event: AnyEvent): void {
    this.#listeners.emit(event.event, event);
    this.#listeners.emit(undefined, event);
    if (this.#loops.size > 0) this.#waitFor(Promise.all([...this.#loops].map((loop) => loop.push(event))));
  }

  /** Ends the loops, and returns their number. */
  end(error?: Error): number {
    const { size } = this.#loops;
    for (const loop of this.#loops) loop.end(error);
    this.#loops.clear();
    return size;
  }

  #waitFor(promise: Promise<unknown>): void {
    this.busy = promise.then(() => {
      this.busy = undefined;
    });
  }
}
