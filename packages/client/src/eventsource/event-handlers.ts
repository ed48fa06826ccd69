/** A handler that a program assigned, wrapped in the one listener that calls it. */
interface Entry {
  handler: unknown;
  readonly listener: (event: Event) => void;
}

/**
 * The event handler attributes of one target (`onopen` and the like, WHATWG HTML §8.1.8.1): a handler is called in the place among the
 * listeners where the first one of its type was assigned, until `null` is assigned.
 */
export class EventHandlers {
  readonly #target: EventTarget;
  readonly #entries = new Map<string, Entry>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** The handler of a type, `null` when there is none. */
  get(type: string): unknown {
    return this.#entries.get(type)?.handler ?? null;
  }

  /** Assigns a handler. Any object is kept, though only functions are called; anything else counts as `null`. */
  set(type: string, handler: unknown): void {
    const entry = this.#entries.get(type);
    if (Object(handler) !== handler) this.#remove(type, entry);
    else if (entry) entry.handler = handler;
    else this.#add(type, handler);
  }

  #add(type: string, handler: unknown): void {
    const entry: Entry = {
      handler,
      listener: (event) => {
        if (typeof entry.handler === "function") entry.handler.call(this.#target, event);
      },
    };
    this.#entries.set(type, entry);
    this.#target.addEventListener(type, entry.listener);
  }

  #remove(type: string, entry: Entry | undefined): void {
    if (!entry) return;
    this.#entries.delete(type);
    this.#target.removeEventListener(type, entry.listener);
  }
}
