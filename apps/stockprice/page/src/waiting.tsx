import type { JSX } from "preact";

/** The page while the server cannot be reached. */
export function Waiting(): JSX.Element {
  return (
    <main class="page waiting">
      <div role="status">
        <h1>The server does not answer</h1>
        <p class="muted">The page tries again every two seconds.</p>
      </div>
    </main>
  );
}
