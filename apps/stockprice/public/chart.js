import { faded, palette } from "./palette.js";
import { clockText, multiples, roundStep } from "./scale.js";

/** What a chart shows, in milliseconds. */
const shown = 60_000;
/** Room around the lines, in CSS pixels: for prices on the right, times below, and what was caught up above. */
const margin = { top: 20, right: 56, bottom: 24 };
const font = "11px system-ui, sans-serif";
const timeSteps = [5_000, 10_000, 15_000, 30_000];

/** The moving line of one share. Its right end is one interval ago, so that the line grows without a jump. */
export class Chart {
  #canvas;
  #context;
  #series;
  #outages;
  #width = 0;
  #height = 0;
  #low = Number.NaN;
  #high = Number.NaN;
  #end = 0;
  #onScreen = true;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./series.js").Series} series
   * @param {import("./outages.js").Outages} outages
   */
  constructor(canvas, series, outages) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#series = series;
    this.#outages = outages;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    new IntersectionObserver((entries) => {
      this.#onScreen = entries.at(-1)?.isIntersecting ?? true;
    }).observe(canvas);
  }

  /**
   * @param {number} now in milliseconds since 1970
   * @param {number} ease how far the price axis moves towards what it has to show: 1 goes there at once
   */
  draw(now, ease) {
    if (this.#width === 0 || !this.#onScreen) return;
    this.#end = now - this.#series.interval;
    const points = this.#visible();
    this.#follow(points, ease);
    const context = this.#context;
    const ratio = this.#canvas.width / this.#width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    context.font = font;
    this.#drawOutages();
    this.#drawGrid();
    this.#drawLine(points);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#width = clientWidth;
    this.#height = clientHeight;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    this.draw(Date.now(), 1); // a canvas that changes its size is empty
  }

  get #right() {
    return this.#width - margin.right;
  }

  get #bottom() {
    return this.#height - margin.bottom;
  }

  /** @param {number} time */
  #x(time) {
    return this.#right * (1 - (this.#end - time) / shown);
  }

  /** @param {number} price */
  #y(price) {
    return margin.top + ((this.#high - price) / (this.#high - this.#low)) * (this.#bottom - margin.top);
  }

  /** The points from just before the left edge to the right edge; the last one lies on it, between two prices. */
  #visible() {
    const { points } = this.#series;
    const begin = points.findLastIndex(({ time }) => time <= this.#end - shown);
    const after = points.findIndex(({ time }) => time > this.#end);
    const visible = points.slice(Math.max(0, begin), after < 0 ? points.length : after);
    const [before, next] = [points[after - 1], points[after]];
    if (before !== undefined && next !== undefined) {
      const share = (this.#end - before.time) / (next.time - before.time);
      const price = before.price + (next.price - before.price) * share;
      visible.push({ time: this.#end, price, caughtUp: next.caughtUp });
    }
    return visible;
  }

  /**
   * Moves the price axis towards what the points need.
   * @param {import("./series.js").Point[]} points
   * @param {number} ease
   */
  #follow(points, ease) {
    const prices = points.length > 0 ? points.map(({ price }) => price) : [this.#series.last.price];
    const [least, most] = [Math.min(...prices), Math.max(...prices)];
    const slack = Math.max((most - least) * 0.08, most * 0.0002);
    const [low, high] = [least - slack, most + slack];
    const share = Number.isNaN(this.#low) ? 1 : ease;
    this.#low = share === 1 ? low : this.#low + (low - this.#low) * share;
    this.#high = share === 1 ? high : this.#high + (high - this.#high) * share;
  }

  #drawGrid() {
    const context = this.#context;
    const [left, right, bottom] = [0, this.#right, this.#bottom];
    context.strokeStyle = palette.line;
    context.fillStyle = palette.muted;
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "left";
    const step = roundStep(this.#high - this.#low, Math.min(6, (bottom - margin.top) / 28));
    const decimals = Math.max(2, -Math.floor(Math.log10(step)));
    for (const price of multiples(this.#low, this.#high, step)) {
      const y = Math.round(this.#y(price)) + 0.5;
      this.#stroke([left, y], [right, y]);
      context.fillText(price.toFixed(decimals), right + 13, y);
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    const fitting = timeSteps.find((candidate) => (candidate / shown) * right >= 56) ?? shown / 2;
    for (const time of multiples(this.#end - shown, this.#end, fitting)) {
      const x = this.#x(time);
      if (x > 26 && x < right + 20) context.fillText(clockText(time), x, bottom + 16);
      this.#stroke([x, margin.top], [x, bottom]);
    }
  }

  #drawOutages() {
    for (const { from, to = this.#end, missed } of this.#outages.all) {
      const left = Math.max(0, this.#x(from));
      const right = Math.min(this.#right, this.#x(to));
      if (right <= left) continue;
      const lasts = this.#outages.current?.from === from;
      if (lasts) this.#drawHatching(left, right);
      else this.#drawCaughtUp(left, right, missed);
    }
  }

  /** @param {number} left @param {number} right */
  #drawHatching(left, right) {
    const context = this.#context;
    const height = this.#bottom - margin.top;
    context.save();
    context.beginPath();
    context.rect(left, margin.top, right - left, height);
    context.clip();
    context.strokeStyle = faded(palette.muted, 0.45);
    context.lineWidth = 1;
    // The stripes hang on the left end, so that they move with the chart.
    for (let x = left - height; x < right; x += 7) this.#stroke([x, this.#bottom], [x + height, margin.top]);
    context.restore();
    this.#label("no connection", left, right, palette.muted);
  }

  /** @param {number} left @param {number} right @param {number} missed */
  #drawCaughtUp(left, right, missed) {
    if (missed === 0) return;
    this.#context.fillStyle = faded(palette.accent, 0.1);
    this.#context.fillRect(left, margin.top, right - left, this.#bottom - margin.top);
    this.#label(`${missed} caught up`, left, right, palette.accent);
  }

  /** A word over a stretch of time, within the chart. @param {string} text @param {number} left @param {number} right @param {string} colour */
  #label(text, left, right, colour) {
    const context = this.#context;
    const half = context.measureText(text).width / 2;
    const middle = Math.min(Math.max((left + right) / 2, half + 8), this.#width - half - 8);
    context.fillStyle = colour;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText(text, middle, margin.top - 8);
  }

  /** @param {import("./series.js").Point[]} points */
  #drawLine(points) {
    const context = this.#context;
    const tip = points.at(-1);
    if (tip === undefined) return;
    const usual = this.#colour(tip.price);
    context.save();
    context.beginPath();
    context.rect(0, 0, this.#right, this.#height);
    context.clip();
    for (const run of runsOf(points)) this.#drawRun(run, run.caughtUp ? palette.accent : usual);
    context.restore();
    this.#drawTip(this.#place(tip), tip.caughtUp ? palette.accent : usual);
  }

  /** @param {number} price */
  #colour(price) {
    if (this.#outages.current !== undefined) return palette.muted;
    return price >= this.#series.open ? palette.up : palette.down;
  }

  /** A stretch of the line; missed prices have a dot each. @param {Run} run @param {string} colour */
  #drawRun({ points, caughtUp }, colour) {
    const context = this.#context;
    const places = points.map((point) => this.#place(point));
    this.#shadeBelow(places, colour);
    context.lineJoin = "round";
    context.lineCap = "round";
    context.lineWidth = caughtUp ? 2.5 : 1.75;
    context.strokeStyle = colour;
    this.#stroke(...places);
    if (!caughtUp) return;
    for (const place of places.slice(1)) this.#dot(place, 2.5, colour);
  }

  /** @param {[number, number][]} places @param {string} colour */
  #shadeBelow(places, colour) {
    const context = this.#context;
    const shade = context.createLinearGradient(0, margin.top, 0, this.#bottom);
    shade.addColorStop(0, faded(colour, 0.18));
    shade.addColorStop(1, faded(colour, 0.02));
    context.beginPath();
    for (const [x, y] of places) context.lineTo(x, y);
    context.lineTo(places.at(-1)?.[0] ?? 0, this.#bottom);
    context.lineTo(places[0]?.[0] ?? 0, this.#bottom);
    context.fillStyle = shade;
    context.fill();
  }

  /** @param {[number, number]} place @param {string} colour */
  #drawTip(place, colour) {
    this.#dot(place, 8, faded(colour, 0.2));
    this.#dot(place, 3.5, colour);
  }

  /** @param {[number, number]} place @param {number} radius @param {string} colour */
  #dot([x, y], radius, colour) {
    this.#context.beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#context.fillStyle = colour;
    this.#context.fill();
  }

  /** @param {import("./series.js").Point} point @returns {[number, number]} */
  #place({ time, price }) {
    return [this.#x(time), this.#y(price)];
  }

  /** @param {[number, number][]} places */
  #stroke(...places) {
    this.#context.beginPath();
    for (const [x, y] of places) this.#context.lineTo(x, y);
    this.#context.stroke();
  }
}

/**
 * A stretch of points that came in the same way. It begins with the last point of the one before it.
 * @typedef {{ caughtUp: boolean, points: import("./series.js").Point[] }} Run
 */

/** @param {import("./series.js").Point[]} points @returns {Run[]} */
function runsOf(points) {
  /** @type {Run[]} */
  const runs = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run?.caughtUp === point.caughtUp) run.points.push(point);
    else runs.push({ caughtUp: point.caughtUp, points: [...(run?.points.slice(-1) ?? []), point] });
  }
  return runs;
}
