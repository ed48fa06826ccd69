import type { HubHooks } from "./hooks.js";

type Listener<Name extends keyof HubHooks> = (payload: HubHooks[Name]) => void;

/** The listeners of a hub. One that throws, or whose promise rejects, stops neither the others nor the hub. */
export class Emitter {
  readonly #listeners: { [Name in keyof HubHooks]?: Set<Listener<Name>> } = {};
  /** What is still to be told. */
  readonly #waiting: (() => void)[] = [];
  #telling = false;

  /** Adds a listener and returns a function that removes it. */
  on<Name extends keyof HubHooks>(name: Name, listener: Listener<Name>): () => void {
    // A wrapper of its own, so that a function that is added twice is called twice and removed one by one.
    const own: Listener<Name> = (payload) => listener(payload);
    const listeners = this.#of(name);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /**
   * Calls the listeners. What one of them causes is told after what they are being told now, so that all hear everything in the order in
   * which it happened.
   */
  emit<Name extends keyof HubHooks>(name: Name, payload: HubHooks[Name]): void {
    this.#waiting.push(() => this.#tell(name, payload));
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    this.#telling = false;
  }

  #tell<Name extends keyof HubHooks>(name: Name, payload: HubHooks[Name]): void {
    for (const listener of this.#of(name)) {
      try {
        const result: unknown = listener(payload);
        if (result instanceof Promise) result.catch((error: unknown) => this.#failed(name, error));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  /** Says that something failed where nobody may be waiting for it. */
  report(error: unknown): void {
    if (this.#of("error").size === 0) console.error(error);
    else this.emit("error", { error });
  }

  /** An error listener that fails is not told so again. */
  #failed(name: keyof HubHooks, error: unknown): void {
    if (name === "error") console.error(error);
    else this.report(error);
  }

  #of<Name extends keyof HubHooks>(name: Name): Set<Listener<Name>> {
    const listeners: Set<Listener<Name>> = this.#listeners[name] ?? new Set<Listener<Name>>();
    (this.#listeners as Record<Name, Set<Listener<Name>>>)[name] = listeners;
    return listeners;
  }
}
