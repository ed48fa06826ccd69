import { Chart } from "./chart.js";
import { element, part } from "./dom.js";
import { wantsStillness } from "./motion.js";

const template = /** @type {HTMLTemplateElement} */ (element("card"));

/** An empty card, which keeps the place of one that is to come. */
export function placeholder() {
  const card = emptyCard();
  card.classList.add("loading");
  card.setAttribute("aria-hidden", "true");
  return card;
}

/** The card of one share. */
export class Card {
  #series;
  #shownPrice = 0;

  /**
   * @param {import("./series.js").Series} series
   * @param {import("./outages.js").Outages} outages
   */
  constructor(series, outages) {
    this.#series = series;
    this.root = emptyCard();
    this.root.dataset["symbol"] = series.symbol;
    this.root.setAttribute("aria-label", `${series.symbol}, ${series.name}`);
    part(this.root, ".symbol").textContent = series.symbol;
    part(this.root, ".name").textContent = series.name;
    this.canvas = /** @type {HTMLCanvasElement} */ (part(this.root, "canvas"));
    this.chart = new Chart(this.canvas, series, outages);
    this.update();
  }

  /** Shows the newest price. */
  update() {
    const { price } = this.#series.last;
    const difference = price - this.#series.open;
    const percent = (100 * difference) / this.#series.open;
    const direction = difference > 0 ? "up" : difference < 0 ? "down" : "flat";
    const text = price.toFixed(6);
    part(this.root, ".digits").textContent = text.slice(0, -4);
    part(this.root, ".decimals").textContent = text.slice(-4);
    part(this.root, ".difference").textContent = signed(difference);
    part(this.root, ".percent").textContent = `${signed(percent)}%`;
    part(this.root, ".direction").textContent = `${direction} `;
    part(this.root, ".change").dataset["direction"] = direction;
    const summary = `The last minute of ${this.#series.symbol}; now ${text.slice(0, -4)}`;
    this.canvas.setAttribute("aria-label", summary);
    this.#flash(price);
  }

  /** Colours the last digits for a moment, by where the price went. @param {number} price */
  #flash(price) {
    const colour = price > this.#shownPrice ? "var(--up)" : "var(--down)";
    if (this.#shownPrice !== 0 && price !== this.#shownPrice && !wantsStillness()) {
      part(this.root, ".decimals").animate({ color: [colour, "var(--muted)"] }, 800);
    }
    this.#shownPrice = price;
  }
}

function emptyCard() {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  return /** @type {HTMLElement} */ (copy.firstElementChild);
}

/** @param {number} value */
function signed(value) {
  const sign = value < 0 ? "\u2212" : "+";
  return sign + Math.abs(value).toFixed(2);
}
