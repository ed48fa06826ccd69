import { settle } from "../call-safely.js";

/** Listeners by key. */
export interface Listeners<Key, Payload> {
  /** Adds a listener, and returns what removes it. A listener is called once an addition. */
  add(key: Key, listener: (payload: Payload) => unknown): () => void;
  /** Calls the listeners of a key in the order of their addition, and says how many there were. */
  emit(key: Key, payload: Payload): number;
}

/** @param onFailure takes what a listener throws, or rejects with. The others are called all the same. */
export function createListeners<Key, Payload>(onFailure: (error: unknown) => void): Listeners<Key, Payload> {
  const entries = new Set<{ key: Key; listener: (payload: Payload) => unknown }>();
  return {
    add(key, listener) {
      const entry = { key, listener };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    emit(key, payload) {
      const called = [...entries].filter((entry) => entry.key === key);
      for (const entry of called) {
        // One listener may have removed another.
        if (entries.has(entry)) settle(() => entry.listener(payload), onFailure);
      }
      return called.length;
    },
  };
}
