/** A handler that the application assigned, and the one listener that calls it. */
interface Entry {
  handler: unknown;
  readonly listener: (event: Event) => void;
}

/** The event handler attributes of a target, see {@link createEventHandlers}. */
export interface EventHandlers {
  /** Returns the handler of a type, `null` when there is none. */
  get(type: string): unknown;
  /**
   * Assigns a handler. Any object is kept, though only functions are called; anything else counts
   * as `null`.
   */
  set(type: string, handler: unknown): void;
  /** Dispatches an event to the target; handlers are called as listeners alone. */
  dispatch(event: Event): void;
}

/**
 * Creates the event handler attributes of one target (`onopen` and the like, WHATWG HTML §8.1.8.1).
 * A handler is called in the order among the listeners in which the first one of its type was
 * assigned, until `null` is assigned.
 *
 * Over 40 lines: a closure over the handlers of one target, in functions of a few lines.
 */
export function createEventHandlers(target: EventTarget): EventHandlers {
  const entries = new Map<string, Entry>();
  /**
   * The type of an event that has not reached its listeners. The `EventTarget` of Cloudflare
   * Workers reads the property `on<type>` before, and calls the handler by itself (workerd#6022).
   */
  let hidden = "";
  for (const type of ["open", "message", "error"]) {
    target.addEventListener(type, () => {
      hidden = "";
    });
  }

  function add(type: string, handler: unknown): void {
    const entry: Entry = {
      handler,
      listener: (event) => {
        if (typeof entry.handler === "function") entry.handler.call(target, event);
      },
    };
    entries.set(type, entry);
    target.addEventListener(type, entry.listener);
  }

  function remove(type: string, { listener }: Entry): void {
    entries.delete(type);
    target.removeEventListener(type, listener);
  }

  return {
    get: (type) => (hidden !== type && entries.get(type)?.handler) || null,
    set(type, handler) {
      const entry = entries.get(type);
      const isObject = Object(handler) === handler;
      if (entry && isObject) entry.handler = handler;
      else if (entry) remove(type, entry);
      else if (isObject) add(type, handler);
    },
    dispatch(event) {
      hidden = event.type;
      target.dispatchEvent(event);
    },
  };
}
