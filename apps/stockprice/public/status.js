import { element } from "./dom.js";

/** @typedef {"connecting" | "live" | "reconnecting" | "offline" | "idle"} State */

const words = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  idle: "Idle",
};

/** The state of the connection, in the header. */
export class Status {
  /** @type {State} */
  state = "connecting";
  /** When the connection was lost. */
  #since = 0;
  /** When the browser will come back, if that is known. */
  #backAt = 0;

  constructor() {
    setInterval(() => this.#show(), 250);
  }

  /** @param {State} state */
  set(state) {
    const wasAway = this.state === "reconnecting" || this.state === "offline";
    const isAway = state === "reconnecting" || state === "offline";
    if (isAway && !wasAway) this.#since = Date.now();
    if (!isAway) this.#backAt = 0;
    this.state = state;
    this.#show();
  }

  /** @param {number} milliseconds how long the browser will stay away */
  expectBackIn(milliseconds) {
    this.#backAt = Date.now() + milliseconds;
  }

  #show() {
    element("pill").dataset["state"] = this.state;
    element("pill-text").textContent = words[this.state] + this.#detail();
  }

  #detail() {
    if (this.state !== "reconnecting") return "";
    const left = Math.ceil((this.#backAt - Date.now()) / 1000);
    if (left > 0) return ` in ${left} s`;
    const gone = Math.floor((Date.now() - this.#since) / 1000);
    return gone > 0 ? ` for ${gone} s` : "";
  }
}

/**
 * Says in a line what is going on.
 * @param {string} text
 * @param {"plain" | "waiting" | "caught-up" | "lost"} [tone]
 */
export function notice(text, tone = "plain") {
  element("notice").dataset["tone"] = tone;
  if (element("notice-text").textContent !== text) element("notice-text").textContent = text;
}
