import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Line, timelineSpan } from "../line/line.js";
import type { SegmentKind } from "../line/segments.js";

const texts: Readonly<Record<SegmentKind, string>> = {
  connecting: "connecting",
  live: "live",
  away: "away",
  gap: "a gap, told by the server",
};

/** Draws the last two minutes of a line: live, away, and the moments at which it caught up. */
export function Timeline({ line }: { line: Line }): JSX.Element {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  const start = now.value - timelineSpan;
  const place = (time: number): number => Math.max(0, Math.min(100, ((time - start) / timelineSpan) * 100));
  const segments = line.segments.value.map((segment, index, all) => {
    const left = place(segment.from);
    const right = place(all[index + 1]?.from ?? now.value + 1_000);
    return { ...segment, left, width: Math.max(0, right - left) };
  });
  return (
    <figure class="timeline" aria-label="The connection in the last two minutes">
      <div class="timeline-track">
        {segments.map(({ kind, from, left, width }) => (
          <span
            key={`${kind}${from}`}
            class="segment"
            data-kind={kind}
            title={texts[kind]}
            style={{ left: `${left}%`, width: `${width}%` }}
          />
        ))}
        {segments
          .filter(({ kind, caughtUp }) => kind === "live" && caughtUp > 0)
          .map(({ from, left, caughtUp }) => (
            <span
              key={from}
              class="caught"
              data-side={left > 50 ? "left" : "right"}
              style={{ left: `${left}%` }}
            >
              {caughtUp} caught up
            </span>
          ))}
      </div>
      <figcaption>
        <span>2 minutes ago</span>
        <span class="key" data-kind="live">
          live
        </span>
        <span class="key" data-kind="away">
          away
        </span>
        <span class="key" data-kind="gap">
          gap
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
