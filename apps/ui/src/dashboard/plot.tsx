import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { color, onSchemeChange } from "../parts/palette.js";

/** Parameters of a {@link Plot}. */
export interface PlotProps {
  readonly label: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** Formats a value at the axis. */
  readonly format: (value: number) => string;
  /** Changes when the columns have changed. */
  readonly version: number;
}

/** The length of a plot in seconds. */
const span = 120;

/** Draws numbers over the last two minutes. */
export function Plot({ label, times, values, format, version }: PlotProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = [times, values] as unknown as uPlot.AlignedData;
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return;
    const build = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(options(parent, format), data, parent);
    };
    build();
    const size = () => plot.current?.setSize({ width: parent.clientWidth, height: parent.clientHeight });
    const resize = new ResizeObserver(size);
    resize.observe(parent);
    const stop = onSchemeChange(build);
    return () => {
      stop();
      resize.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [version]);
  return <div class="plot" ref={box} role="img" aria-label={label} />;
}

function options(parent: HTMLElement, format: (value: number) => string): uPlot.Options {
  const [stroke, soft, muted, grid] = [color("accent"), color("sunken"), color("muted"), color("line")];
  const font = `11px ${getComputedStyle(parent).fontFamily}`;
  const axis: uPlot.Axis = { stroke: muted, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width: parent.clientWidth,
    height: parent.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { range: (_plot, _min, max) => [max - span, max] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.15)] },
    },
    axes: [
      { ...axis, space: 70, size: 24, values: (_plot, splits) => splits.map(formatTime) },
      { ...axis, size: 56, space: 30, values: (_plot, splits) => splits.map(format) },
    ],
    series: [{}, { stroke, fill: soft, width: 2, points: { show: false } }],
  };
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, 8);
}
