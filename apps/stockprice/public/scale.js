/**
 * A round distance between grid lines (1, 2 or 5 times a power of ten).
 * @param {number} span what the axis shows
 * @param {number} lines about how many lines there should be
 */
export function roundStep(span, lines) {
  const rough = span / lines;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

/**
 * The multiples of a step in a range.
 * @param {number} from
 * @param {number} to
 * @param {number} step
 */
export function multiples(from, to, step) {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

/**
 * The time of day.
 * @param {number} time in milliseconds since 1970
 */
export function clockText(time) {
  const date = new Date(time);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
