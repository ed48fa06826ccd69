import { byId } from "./dom.js";

/** Milliseconds after which somebody who gives no more notice counts as having stopped. */
const patience = 4_000;

/** Who is writing into which conversation. */
export class TypingPeople {
  #line = byId("typing", HTMLElement);
  /** Timers by conversation and name. @type {Map<string, Map<string, ReturnType<typeof setTimeout>>>} */
  #timers = new Map();
  #open = "";

  /** @param {string} key the conversation that is open now */
  show(key) {
    this.#open = key;
    this.#render();
  }

  /** @param {string} key @param {string} name */
  started(key, name) {
    this.stopped(key, name);
    const timers = this.#timers.get(key) ?? new Map();
    this.#timers.set(key, timers);
    timers.set(
      name,
      setTimeout(() => this.stopped(key, name), patience),
    );
    this.#render();
  }

  /** @param {string} key @param {string} name */
  stopped(key, name) {
    const timers = this.#timers.get(key);
    clearTimeout(timers?.get(name));
    timers?.delete(name);
    this.#render();
  }

  #render() {
    const names = [...(this.#timers.get(this.#open)?.keys() ?? [])];
    this.#line.textContent = sentence(names);
  }
}

/** @param {string[]} names */
function sentence(names) {
  const [one, two, ...others] = names;
  if (one === undefined) return "";
  if (two === undefined) return `${one} is typing…`;
  if (others.length === 0) return `${one} and ${two} are typing…`;
  return "Several people are typing…";
}
