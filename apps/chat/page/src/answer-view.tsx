import { Icon } from "@sse/ui";
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { AnswerReader, AnswerState } from "./answer.js";
import { post } from "./api.js";

const states: Readonly<Record<AnswerState, string>> = {
  reading: "answers …",
  complete: "complete",
  failed: "failed: the model has stopped",
  cancelled: "stopped",
  lost: "lost: the process that asked the model has ended",
  gone: "no longer held by the server",
};

/** Parameters of an {@link AnswerView}. */
export interface AnswerViewProps {
  readonly reader: AnswerReader;
  readonly run: string;
  readonly question: string;
  readonly asker: string;
  readonly from: string;
  /** Called when the text has become longer. */
  readonly onText: () => void;
}

/** An answer of the model, as it is written. */
export function AnswerView({ reader, run, question, asker, from, onText }: AnswerViewProps): JSX.Element {
  const text = reader.text.value;
  useLayoutEffect(onText, [text]);
  const state = reader.state.value;
  return (
    <article class="bubble answer" data-state={state}>
      <header>
        <b>{from}</b>
        <span class="muted">
          asked by <bdi>{asker}</bdi>: {question}
        </span>
      </header>
      <p>{text}</p>
      <footer>
        {reader.resumed.value > 0 && <span class="late">went on where it was cut</span>} {states[state]}
        {state === "reading" && (
          <button type="button" class="quiet" onClick={() => void post("/chat/stop", { run })}>
            <Icon name="stop" />
            Stop
          </button>
        )}
      </footer>
    </article>
  );
}
