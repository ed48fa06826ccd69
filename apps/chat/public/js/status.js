import { byId } from "./dom.js";

/** @typedef {import("./live-stream.js").State} State */

/** @type {Record<State, string>} */
const pillTexts = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
};

/** Milliseconds for which it is said that the connection is back. */
const welcomeTime = 6_000;

/** How the connection is doing: the pill, the button that has it dropped, and a line that explains what is going on. */
export class Status {
  #pill = byId("pill", HTMLElement);
  #text = byId("pill-text", HTMLElement);
  #drop = byId("drop", HTMLButtonElement);
  #banner = byId("banner", HTMLElement);
  /** @type {State} */
  #state = "connecting";
  /** When the server lets this page back in, as the clock goes. */
  #backAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} onDrop */
  constructor(onDrop) {
    this.#drop.addEventListener("click", () => {
      if (this.#state === "live") onDrop();
    });
  }

  /** @param {State} state */
  show(state) {
    this.#state = state;
    this.#pill.dataset.state = state;
    this.#text.textContent = pillTexts[state];
    this.#drop.setAttribute("aria-disabled", String(state !== "live"));
    this.#explain();
  }

  /** The server keeps the page away. @param {number} milliseconds */
  keptAway(milliseconds) {
    this.#backAt = Date.now() + milliseconds;
    this.#explain();
  }

  /** @param {number} missed how many messages arrived late */
  welcome(missed) {
    this.#backAt = 0;
    if (missed > 0) this.say(`You are back. ${messages(missed)} arrived while you were away.`);
  }

  /** Says something for a while. @param {string} text */
  say(text) {
    this.#show(text, "news");
    this.#timer = setTimeout(() => this.#explain(), welcomeTime);
  }

  #explain() {
    const seconds = Math.ceil((this.#backAt - Date.now()) / 1_000);
    if (this.#state === "live" || this.#state === "connecting") this.#show("", "");
    else if (this.#state === "offline")
      this.#show("The server cannot be reached. The page keeps trying, and goes on where it was.", "trouble");
    else if (seconds <= 0) this.#show("The connection is lost. Coming back…", "trouble");
    else {
      this.#show(
        `The server has dropped this page and lets it back in ${seconds} s. What is said meanwhile arrives then.`,
        "trouble",
      );
      this.#timer = setTimeout(() => this.#explain(), 1_000);
    }
  }

  /** @param {string} text @param {string} tone */
  #show(text, tone) {
    clearTimeout(this.#timer);
    this.#banner.textContent = text;
    this.#banner.dataset.tone = tone;
    this.#banner.hidden = text === "";
  }
}

/** @param {number} count */
function messages(count) {
  return count === 1 ? "1 message" : `${count} messages`;
}
