import { type Signal, signal } from "@preact/signals";
import type { EventSourceClient } from "@sse/client";
import { createSharedEventSource } from "@sse/client/shared";
import { oncePerFrame } from "@sse/ui";

/** The state of an answer: that of its run, or of the connection to it. */
export type AnswerState = "reading" | "complete" | "failed" | "cancelled" | "lost" | "gone";

/** An answer of the model, read as a run: from its beginning, or from where the line was cut. */
export class AnswerReader {
  readonly text: Signal<string> = signal("");
  readonly state: Signal<AnswerState> = signal("reading");
  /** The number of times that the reader has resumed in the middle. */
  readonly resumed: Signal<number> = signal(0);
  readonly #source: EventSourceClient<Record<string, string>>;
  #text = "";
  #isCut = false;
  readonly #show = oncePerFrame(() => {
    this.text.value = this.#text;
  });

  /** @param name the name under which the tabs of a person share the connection. */
  constructor(run: string, name: string) {
    this.#source = createSharedEventSource(`/chat/answer?run=${encodeURIComponent(run)}`, { name });
    this.#source.on("word", ({ data }) => {
      this.#text += JSON.parse(data).Text;
      this.#show();
    });
    this.#source.onLifecycle("close", ({ error, end }) => {
      if (end !== undefined) this.#end(end.state);
      else if (error !== undefined) this.#end("gone");
      // 204: everything of the run has been read before.
      else if (!this.#isCut) this.#end("complete");
    });
  }

  /** Closes the connection until {@link mend}. */
  cut(): void {
    if (this.state.value !== "reading") return;
    this.#isCut = true;
    this.#source.close();
  }

  /** Continues after the last word. */
  mend(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    if (this.#text !== "") this.resumed.value += 1;
    this.#source.connect();
  }

  #end(state: AnswerState): void {
    if (this.state.value !== "reading") return;
    this.state.value = state;
  }
}
