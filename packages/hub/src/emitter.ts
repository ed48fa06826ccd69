import type { HubHooks } from "./hooks.js";

type Listener<Name extends keyof HubHooks> = (payload: HubHooks[Name]) => void;

/**
 * Calls the listeners of a hub. One that throws, or whose promise rejects, stops neither the others
 * nor the hub.
 */
export class Emitter {
  readonly #listeners: { [Name in keyof HubHooks]?: Set<Listener<Name>> } = {};
  readonly #queue: (() => void)[] = [];
  #emitting = false;

  /** Adds a listener, and returns a function that removes it. */
  on<Name extends keyof HubHooks>(name: Name, listener: Listener<Name>): () => void {
    // A wrapper for each call: a function that is added twice is called twice, and removed one by
    // one.
    const own: Listener<Name> = (payload) => listener(payload);
    const listeners = this.#of(name);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Whether there are listeners, so that a payload is worth making. */
  has(name: keyof HubHooks): boolean {
    const listeners = this.#listeners[name];
    return listeners !== undefined && listeners.size > 0;
  }

  /**
   * Calls the listeners. What one of them causes is emitted after the present payload, so that all
   * listeners receive everything in the order in which it happened.
   */
  emit<Name extends keyof HubHooks>(name: Name, payload: HubHooks[Name]): void {
    if (!this.has(name)) return;
    this.#queue.push(() => this.#call(name, payload));
    if (this.#emitting) return;
    this.#emitting = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    this.#emitting = false;
  }

  /** Reports an error that no caller may be waiting for. */
  report(error: unknown): void {
    if (this.has("error")) this.emit("error", { error });
    else console.error(error);
  }

  #call<Name extends keyof HubHooks>(name: Name, payload: HubHooks[Name]): void {
    for (const listener of this.#of(name)) {
      try {
        const result: unknown = listener(payload);
        if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function")
          Promise.resolve(result).catch((error: unknown) => this.#reportFailure(name, error));
      } catch (error) {
        this.#reportFailure(name, error);
      }
    }
  }

  /** The failure of an error listener is not reported to the error listeners. */
  #reportFailure(name: keyof HubHooks, error: unknown): void {
    if (name === "error") console.error(error);
    else this.report(error);
  }

  #of<Name extends keyof HubHooks>(name: Name): Set<Listener<Name>> {
    const listeners: Set<Listener<Name>> = this.#listeners[name] ?? new Set<Listener<Name>>();
    (this.#listeners as Record<Name, Set<Listener<Name>>>)[name] = listeners;
    return listeners;
  }
}
