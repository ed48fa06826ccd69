import { callSafely } from "../call-safely.js";
import { requireForm } from "../forms.js";

/** Listeners by key. */
export interface Listeners<Key, Payload> {
  /**
   * Adds a listener, and returns a function that removes it. A listener is called once per
   * addition.
   *
   * @throws {SseError} `invalid-option` for anything but a function.
   */
  add(key: Key, listener: (payload: Payload) => unknown): () => void;
  /** Calls the listeners of a key in the order of their addition, and returns their number. */
  emit(key: Key, payload: Payload): number;
}

interface Entry<Payload> {
  readonly listener: (payload: Payload) => unknown;
  removed: boolean;
}

/**
 * Creates an empty set of listeners.
 *
 * @param onError receives errors that a listener throws or rejects with. The others are called all
 *   the same.
 */
export function createListeners<Key, Payload>(onError: (error: unknown) => void): Listeners<Key, Payload> {
  /** A list is replaced, not changed: to emit, no copy is needed. */
  const lists = new Map<Key, readonly Entry<Payload>[]>();
  return {
    add(key, listener) {
      requireForm("listener", "a function", listener);
      const entry = { listener, removed: false };
      lists.set(key, [...(lists.get(key) ?? []), entry]);
      return () => {
        entry.removed = true;
        const others = lists.get(key)?.filter((other) => other !== entry);
        if (others?.length) lists.set(key, others);
        else lists.delete(key);
      };
    },
    emit(key, payload) {
      const entries = lists.get(key);
      if (!entries) return 0;
      for (const entry of entries) {
        // One listener may have removed another.
        if (!entry.removed) callSafely(onError, entry.listener, payload);
      }
      return entries.length;
    },
  };
}
