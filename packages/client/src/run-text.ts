import { invalidOption, requireKnownKeys } from "@sse/core/internal";
import { callSafely } from "./call-safely.js";
import type { EventSourceClient } from "./client.js";
import { deferred } from "./deferred.js";
import type { ReceivedEvent } from "./events.js";
import { type Closing, closing } from "./lifecycle.js";

/** Options of {@link runText}. */
export interface RunTextOptions {
  /**
   * Returns the text that an event adds; `undefined` for none. Default: the data of every event
   * whose data is a string.
   */
  delta?: ((event: ReceivedEvent<Record<string, unknown>>) => string | undefined) | undefined;
}

/**
 * The text of a run so far, as a store: `subscribe` and `getSnapshot` are those of React's
 * `useSyncExternalStore`. A loop over it yields the whole text whenever it has grown, and ends with
 * the client; it throws if an error closed that.
 */
export interface RunText extends AsyncIterable<string> {
  /** The text so far. */
  getSnapshot(): string;
  /**
   * Calls the listener whenever the text has changed. Returns a function that removes it. What the
   * listener throws is printed by `console.error`.
   */
  subscribe(listener: () => void): () => void;
}

/**
 * Joins the events of a run to the text that they make. The text starts again after a gap, after
 * which a run is received from its beginning.
 *
 * Over 40 lines: a closure over the text of one run, in functions of a few lines.
 *
 * @throws {SseError} `invalid-option`
 */
export function runText(
  source: Pick<EventSourceClient<Record<string, unknown>>, "onAny" | "onLifecycle" | "closed">,
  options: RunTextOptions = {},
): RunText {
  requireKnownKeys(options, ["delta"], "runText");
  if (!source?.onAny) throw invalidOption("source", "runText: pass what createEventSource returns");
  const { delta = ({ data }) => (typeof data === "string" ? data : undefined) } = options;
  const listeners = new Set<() => void>();
  let text = "";
  let isOver = false;
  const notify = (): void => {
    for (const listener of [...listeners]) callSafely((error) => console.error(error), listener);
  };
  const set = (next: string): void => {
    text = next;
    notify();
  };
  source.onLifecycle("gap", () => set(""));
  source.onAny((event) => {
    const added = delta(event);
    if (added) set(text + added);
  });
  const ended = (source as Closing)[closing] ?? source.closed;
  void ended.then(() => {
    isOver = true;
    notify();
  });
  const subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    listeners.add(own);
    return () => listeners.delete(own);
  };
  async function* iterate(): AsyncGenerator<string, undefined> {
    const { closed } = source;
    let change = deferred<undefined>();
    const unsubscribe = subscribe(() => change.resolve(undefined));
    try {
      for (let seen = ""; ; ) {
        if (text !== seen) {
          seen = text;
          yield seen;
        } else if (isOver) break;
        else {
          await change.promise;
          change = deferred();
        }
      }
      const { error } = await closed;
      if (error) throw error;
    } finally {
      unsubscribe();
    }
  }
  return { getSnapshot: () => text, subscribe, [Symbol.asyncIterator]: iterate };
}
