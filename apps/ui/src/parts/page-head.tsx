import type { ComponentChildren, JSX } from "preact";

/** Parameters of a {@link PageHead}. */
export interface PageHeadProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** The head of each page, with what stays in view. */
export function PageHead({ title, children }: PageHeadProps): JSX.Element {
  return (
    <header class="page-head">
      <a class="brand" href="/">
        <Mark />
        {title}
      </a>
      {children}
    </header>
  );
}

/** The mark of the demos: a line that breaks and resumes. */
function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 38 22" aria-hidden="true">
      <path d="M1 11h9" stroke="var(--live)" stroke-width="3" stroke-linecap="round" />
      <path
        d="M15 11h5"
        stroke="var(--away)"
        stroke-width="3"
        stroke-linecap="round"
        stroke-dasharray="1 4"
      />
      <path d="M25 11h6" stroke="var(--replay)" stroke-width="3" stroke-linecap="round" />
      <circle cx="34" cy="11" r="3.4" fill="var(--live)" />
    </svg>
  );
}
