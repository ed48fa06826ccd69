import type { JSX } from "preact";

/** Parameters of a {@link Counter}. */
export interface CounterProps {
  readonly label: string;
  readonly value: number | string;
  readonly tone?: "replay" | "gap" | "live";
  readonly hint?: string;
}

/** A number with its name. It is part of a `dl`. */
export function Counter({ label, value, tone, hint }: CounterProps): JSX.Element {
  const text = typeof value === "number" ? value.toLocaleString("en-US") : value;
  return (
    <div class="counter" data-tone={tone} title={hint}>
      <dt>{label}</dt>
      <dd class="mono">{text}</dd>
    </div>
  );
}
