/** Formats a price with two decimals. */
export function formatPrice(price: number): string {
  return price.toFixed(2);
}

/** Formats a change such as `0.0123` as `+1.23 %`. A change that rounds to nothing has no sign. */
export function formatChange(change: number): string {
  const percent = (change * 100).toFixed(2);
  if (Number(percent) === 0) return "0.00 %";
  return `${change > 0 ? "+" : "−"}${percent.replace("-", "")} %`;
}

/** Returns the direction of a change, as it is shown. */
export function directionOf(change: number): "up" | "down" | "flat" {
  if (Number((change * 100).toFixed(2)) === 0) return "flat";
  return change > 0 ? "up" : "down";
}
