import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import type { Line, LineState } from "../line/line.js";

const texts: Readonly<Record<LineState, string>> = {
  connecting: "Connecting",
  "catching-up": "Catching up",
  live: "Live",
  away: "Away",
  cut: "Cut",
  refused: "Refused",
};

/** Shows the state of a line and the id of its connection. The state alone is announced. */
export function StatusPill({ line }: { line: Line }): JSX.Element {
  const seconds = useSignal(0);
  useSignalEffect(() => {
    const due = line.retryAt.value;
    const update = (): void => {
      seconds.value = due === 0 ? 0 : Math.max(0, Math.ceil((due - performance.now()) / 1_000));
    };
    update();
    if (due === 0) return;
    const timer = setInterval(update, 250);
    return () => clearInterval(timer);
  });
  const detail = useComputed(() => {
    if (line.connection.value !== "") return `connection ${line.connection.value.slice(0, 6)}`;
    return line.retryAt.value > 0 && seconds.value > 0 ? `back in ${seconds.value} s` : "";
  });
  return (
    <div class="pill" data-state={line.state}>
      <span class="pill-mark" aria-hidden="true" />
      <strong role="status">{texts[line.state.value]}</strong>
      <span class="pill-detail mono">{detail}</span>
    </div>
  );
}
