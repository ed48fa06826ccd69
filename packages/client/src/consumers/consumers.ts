import { type Deferred, deferred } from "../deferred.js";
import type { ReceivedEvent } from "../events.js";
import { requireForm } from "../forms.js";
import { EventIterator } from "./event-iterator.js";
import { createListeners, type Listeners } from "./listeners.js";

/** An event whose type is unknown. */
export type AnyEvent = ReceivedEvent<Record<string, unknown>>;

type AnyListener = (event: AnyEvent) => unknown;

/** The listeners and loops that consume the events of one client. */
export class Consumers {
  readonly #listeners: Listeners<string | undefined, AnyEvent>;
  readonly #loops: Set<EventIterator<AnyEvent>> = new Set();
  readonly #onReturn: () => void;
  /** Resolves when there is a consumer; `undefined`: there has been one. */
  #arrival: Deferred<void> | undefined = deferred();

  /**
   * @param onReturn called when a loop is left early.
   * @param onError receives errors that listeners throw.
   */
  constructor(onReturn: () => void, onError: (error: unknown) => void) {
    this.#onReturn = onReturn;
    this.#listeners = createListeners(onError);
  }

  /**
   * Resolves when an event can be delivered: there has been a consumer, and every loop has
   * processed the event before. `undefined`: now.
   */
  get busy(): Promise<void> | undefined {
    if (this.#arrival) return this.#arrival.promise;
    for (const { busy } of this.#loops) {
      if (busy) return this.#loops.size > 1 ? busy.then(() => this.busy) : busy;
    }
    return undefined;
  }

  /** Adds a listener for every event. */
  onAny(listener: AnyListener): () => void {
    return this.#add(undefined, listener);
  }

  /** Adds a listener for the events of a name. */
  on(name: string, listener: AnyListener): () => void {
    requireForm("name", "a string", name);
    return this.#add(name, listener);
  }

  /** Adds a listener for the next event of a name. */
  once(name: string, listener: AnyListener): () => void {
    requireForm("listener", "a function", listener);
    const remove = this.on(name, (event) => {
      remove();
      return listener(event);
    });
    return remove;
  }

  /** Adds a loop, which ends at once if the client is closed. */
  iterate(closed: boolean): EventIterator<AnyEvent> {
    this.#arrive();
    const loop = new EventIterator<AnyEvent>(this.#onReturn);
    this.#loops.add(loop);
    if (closed) this.end();
    return loop;
  }

  /** Calls the listeners, and passes the event to the loops. */
  deliver(event: AnyEvent): void {
    this.#listeners.emit(event.event, event);
    this.#listeners.emit(undefined, event);
    for (const loop of this.#loops) loop.push(event);
  }

  /** Ends the loops, and returns their number. */
  end(error?: Error): number {
    const { size } = this.#loops;
    for (const loop of this.#loops) loop.end(error);
    this.#loops.clear();
    return size;
  }

  #add(name: string | undefined, listener: AnyListener): () => void {
    const remove = this.#listeners.add(name, listener);
    this.#arrive();
    return remove;
  }

  #arrive(): void {
    this.#arrival?.resolve();
    this.#arrival = undefined;
  }
}
