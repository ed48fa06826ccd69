import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { NumberedFrame } from "../line/frames.js";
import type { Line } from "../line/line.js";

/** Shows the frames of a line as they are on the wire, the newest at the bottom. */
export function WirePanel({ line, title = "On the wire" }: { line: Line; title?: string }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const frames = line.frames.value;
  useLayoutEffect(() => {
    const box = list.current;
    if (box === null || box.matches(":hover, :focus")) return;
    box.scrollTop = box.scrollHeight;
  }, [frames]);
  return (
    <section class="wire" aria-label={title}>
      <header class="wire-head">
        <h2>{title}</h2>
        <span class="muted">text/event-stream</span>
      </header>
      <LastRequest line={line} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
      <div class="wire-frames mono" ref={list} tabIndex={0} role="log" aria-live="off" aria-label="Frames">
        {frames.map((frame) => (
          <FrameView key={frame.number} frame={frame} />
        ))}
      </div>
      <footer class="wire-legend">
        <span data-kind="replayed">sent late, after a break</span>
        <span data-kind="control">from the hub itself</span>
      </footer>
    </section>
  );
}

/** The last request and its outcome, which stay in view while frames pass. */
function LastRequest({ line }: { line: Line }): JSX.Element {
  const { request, caughtUp } = line.attempt.value;
  const count = caughtUp === 1 ? "1 event" : `${caughtUp} events`;
  return (
    <div class="wire-request mono">
      {request === undefined ? (
        <p class="frame request">…</p>
      ) : (
        <FrameView frame={{ ...request, number: 0 }} />
      )}
      <p class="wire-outcome" data-caught-up={caughtUp > 0}>
        {caughtUp > 0 ? `↳ ${count} sent late` : "↳ nothing was missed"}
      </p>
    </div>
  );
}

function FrameView({ frame }: { frame: NumberedFrame }): JSX.Element {
  if (frame.kind === "note") return <p class="frame note">{frame.text}</p>;
  if (frame.kind === "request")
    return (
      <p class="frame request">
        <Row name="GET" value={frame.path} separator=" " />
        {frame.lastEventId !== "" && (
          <mark>
            <Row name="Last-Event-ID" value={frame.lastEventId} />
          </mark>
        )}
      </p>
    );
  const kind = frame.control ? "control" : frame.replayed ? "replayed" : "live";
  return (
    <p class="frame event" data-kind={kind}>
      <Row name="event" value={frame.event} />
      {frame.id !== undefined && frame.id !== "" && <Row name="id" value={frame.id} />}
      <Row name="data" value={frame.data} />
    </p>
  );
}

function Row({
  name,
  value,
  separator = ": ",
}: {
  name: string;
  value: string;
  separator?: string;
}): JSX.Element {
  return (
    <span class="frame-row">
      <span class="field">
        {name}
        {separator}
      </span>
      {value}
    </span>
  );
}
