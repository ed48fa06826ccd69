import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";

/** A notice of the page, with the meaning of its color. */
export interface Told {
  readonly tone: "calm" | "replay" | "away" | "gap";
  readonly text: string;
  readonly detail?: string;
}

/** A live region of constant height, so that nothing moves when its text changes. */
export function Notice({ told }: { told: ReadonlySignal<Told> }): JSX.Element {
  const { tone, text, detail } = told.value;
  return (
    <p class="notice" data-tone={tone} role="status">
      <strong>{text}</strong> {detail && <span>{detail}</span>}
    </p>
  );
}
