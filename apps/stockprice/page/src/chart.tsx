import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { color, onSchemeChange } from "@sse/ui";
import { type Band, bandsOf } from "./bands.js";
import { formatPrice } from "./format.js";
import type { MarketPage } from "./market-page.js";

import type { Series } from "./series.js";

/** The length of the chart in seconds. */
const span = 180;

/** Draws a share's last three minutes: its line, its open, and the absences of the connection. */
export function Chart({ page, series }: { page: MarketPage; series: Series }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const version = page.version.value;
  const plot = useRef<uPlot | undefined>(undefined);
  const bands = useRef<readonly Band[]>([]);

  useEffect(() => {
    const parent = box.current;
    if (parent === null) return;
    const build = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(
        options(parent, () => bands.current),
        dataOf(series),
        parent,
      );
    };
    build();
    const resize = new ResizeObserver(() => plot.current?.setSize(sizeOf(parent)));
    resize.observe(parent);
    const stop = onSchemeChange(build);
    return () => {
      stop();
      resize.disconnect();
      plot.current?.destroy();
    };
  }, [series]);

  useEffect(() => {
    bands.current = bandsOf(page.line.segments.value);
    plot.current?.setData(dataOf(series));
  }, [series, version, page.line.segments.value]);

  const label = `${series.name}, the last three minutes: now ${formatPrice(series.last)}, open ${formatPrice(series.open)}`;
  return <div class="chart" ref={box} role="img" aria-label={label} />;
}

function dataOf({ points, open }: Series): uPlot.AlignedData {
  return [points.times, points.prices, points.caughtUp, points.times.map(() => open)];
}

function sizeOf(parent: HTMLElement): { width: number; height: number } {
  return { width: parent.clientWidth, height: parent.clientHeight };
}

function options(parent: HTMLElement, bands: () => readonly Band[]): uPlot.Options {
  const [ink, muted, grid, replay] = [color("accent"), color("muted"), color("line"), color("replay")];
  const font = `12px ${getComputedStyle(parent).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: muted,
    font,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    border: { show: false },
  };
  return {
    ...sizeOf(parent),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [12, 0, 0, 12],
    scales: { x: { range: (_plot, _min, max) => [max - span, max + 3] }, y: { range: priceRange } },
    axes: [
      { ...axis, space: 90, size: 28, values: (_plot, values) => values.map(formatTime) },
      { ...axis, side: 1, size: 64, values: (_plot, values) => values.map((value) => value.toFixed(2)) },
    ],
    series: [
      {},
      { stroke: ink, width: 2, points: { show: false } },
      { stroke: replay, width: 3, points: { show: false } },
      { stroke: muted, width: 1, dash: [4, 4], points: { show: false } },
    ],
    hooks: {
      drawClear: [(plot) => drawBands(plot, bands())],
      draw: [labelOpen(muted, color("surface"), font)],
    },
  };
}

/** Keeps the open line in view, and some room above and below. */
function priceRange(_plot: uPlot, min: number, max: number): uPlot.Range.MinMax {
  const margin = Math.max((max - min) * 0.12, max * 0.0004);
  return [min - margin, max + margin];
}

function drawBands(plot: uPlot, bands: readonly Band[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to, kind } of bands) {
    const left = plot.valToPos(from / 1_000, "x", true);
    const right = plot.valToPos(Math.min(to, Date.now()) / 1_000, "x", true);
    ctx.fillStyle = color(`${kind}-soft`);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = color(kind);
    ctx.fillRect(left, bbox.top, 1, bbox.height);
    ctx.fillRect(right, bbox.top, 1, bbox.height);
  }
  ctx.restore();
}

/** Names the open line, with an edge in the color of the ground, where the price crosses it. */
function labelOpen(ink: string, ground: string, font: string): (plot: uPlot) => void {
  return (plot) => {
    const { ctx, bbox } = plot;
    const open = plot.data[3]?.[0];
    if (open === undefined || open === null) return;
    ctx.save();
    ctx.fillStyle = ink;
    ctx.strokeStyle = ground;
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.font = font.replace("12px", `${12 * devicePixelRatio}px`);
    ctx.textAlign = "left";
    const [x, y] = [bbox.left + 4, plot.valToPos(open, "y", true) - 5 * devicePixelRatio];
    ctx.strokeText("open", x, y);
    ctx.fillText("open", x, y);
    ctx.restore();
  };
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, 8);
}
