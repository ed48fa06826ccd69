import { element } from "./dom.js";

/** What has arrived since the page was opened. */
export class Counters {
  lastId = "";
  #received = 0;
  #caughtUp = 0;
  #lost = 0;

  /** @param {string} id a price's id @param {boolean} missed whether it had been missed before */
  received(id, missed) {
    this.#received += 1;
    if (missed) this.#caughtUp += 1;
    this.seen(id);
  }

  /** @param {number} count prices that never arrived */
  lost(count) {
    this.#lost += count;
    this.#show();
  }

  /** @param {string} id the last event id, or the position that stands for it at the start */
  seen(id) {
    this.lastId = id;
    this.#show();
  }

  #show() {
    element("received").textContent = this.#received.toLocaleString("en");
    element("caught-up").textContent = this.#caughtUp.toLocaleString("en");
    element("lost").textContent = this.#lost.toLocaleString("en");
    element("last-id").textContent = this.lastId;
  }
}
