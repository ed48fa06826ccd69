import type { JSX } from "preact";
import type { Series } from "./series.js";

const [width, height] = [96, 28];

/** The number of prices that a sparkline shows. */
const shown = 90;

/** Parameters of a {@link Sparkline}. */
interface SparklineProps {
  readonly series: Series;
  /** Changes when the prices of the series have changed. */
  readonly version: number;
}

/** Draws the recent prices of a share beside its number, with the open line. */
export function Sparkline({ series }: SparklineProps): JSX.Element {
  const prices = series.points.prices.slice(-shown);
  const values = [...prices.filter((price) => price !== null), series.open];
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const y = (price: number): string =>
    (height - 2 - ((price - min) / (max - min || 1)) * (height - 4)).toFixed(1);
  let pen = "M";
  const path = prices.map((price, index) => {
    if (price === null) {
      pen = "M";
      return "";
    }
    const step = `${pen}${((index / (shown - 1)) * width).toFixed(1)} ${y(price)}`;
    pen = "L";
    return step;
  });
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} aria-hidden="true" preserveAspectRatio="none">
      <path class="open" d={`M0 ${y(series.open)}H${width}`} />
      <path d={path.join("")} />
    </svg>
  );
}
