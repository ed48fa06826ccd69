import { useSignal } from "@preact/signals";
import { PageHead } from "@sse/ui";
import type { JSX } from "preact";

/** Asks for a name. There are no accounts. */
export function Join({ onJoin }: { onJoin: (name: string) => void }): JSX.Element {
  const name = useSignal("");
  const problem = useSignal("");
  const join = (): void => {
    const chosen = name.value.trim().normalize("NFC");
    if (chosen === "") problem.value = "Write a name.";
    else if (chosen.toLowerCase() === "echo")
      problem.value = "Echo is the name of the bot. Choose another one.";
    else onJoin(chosen);
  };
  return (
    <div class="page">
      <PageHead title="Chat">
        <a href="#/">Ann and Bob</a>
      </PageHead>
      <main class="join">
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            join();
          }}
        >
          <h1>Enter as yourself</h1>
          <label for="name">Your name</label>
          <input
            id="name"
            type="text"
            maxLength={32}
            autocomplete="nickname"
            aria-describedby="name-problem"
            value={name.value}
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
          <p id="name-problem" class="problem small" role="alert">
            {problem}
          </p>
          <button type="submit" class="primary">
            Enter
          </button>
          <p class="muted small">
            There is no account. Tabs with the same name are one person, on one connection.
          </p>
        </form>
      </main>
    </div>
  );
}
