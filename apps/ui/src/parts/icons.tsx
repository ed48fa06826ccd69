import type { JSX } from "preact";

const paths = {
  cut: "M6 3v6m0 6v6M18 3v6m0 6v6M3 12h4m10 0h4M10 10l4 4m0-4-4 4",
  plug: "M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0zm6 9v4",
  clock: "M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
  slow: "M4 14a8 8 0 1 1 16 0M12 14l-4-3m-3 7h14",
  restart: "M4 12a8 8 0 1 1 2.5 5.8M4 20v-5h5",
  plus: "M12 5v14M5 12h14",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "m5 12 5 5 9-10",
  play: "M8 5v14l11-7z",
  send: "M4 12 20 4l-6 16-3-7z",
  stop: "M7 7h10v10H7z",
  menu: "M4 7h16M4 12h16M4 17h16",
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M3 15h16",
  gauge: "M4 16a8 8 0 1 1 16 0M12 16l4-5",
  spark: "M12 3v4m0 10v4M3 12h4m10 0h4M6 6l2.5 2.5m7 7L18 18M18 6l-2.5 2.5m-7 7L6 18",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** Draws an icon beside a text that says the same. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
