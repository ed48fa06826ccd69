import { notASource } from "../errors.js";
import { requireKnownKeys } from "../option-checks.js";
import { pull } from "../source.js";
import {
  createEventParser,
  type EventParser,
  type ParsedEvent,
  type ParseOptions,
  parseOptionNames,
} from "./parser.js";

/** The chunks of an event stream, cut anywhere. */
type Chunks = ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/**
 * Yields the events of an event stream, such as the body of a `fetch` response: `for await (const
 * event of parseEvents(response.body))`.
 *
 * A chunk is read when the events before it have been consumed. Leaving the loop early stops the
 * source (`cancel()` of a web stream, `return()` of an iterator). The events end with the source;
 * an event without its blank line is dropped.
 *
 * @param source chunks cut anywhere, bytes or text: a web stream, an async iterable such as a Node
 * stream, a `Response`, or the whole text. `null`, the body of a response without one, has no
 * events.
 * @throws the source's own error; `too-large` without `onError`; what a callback threw;
 * `invalid-option` for another source. An unknown option is refused with `invalid-option` at once.
 */
export function parseEvents(
  source: Chunks | { readonly body: Chunks | null } | string | null,
  options: ParseOptions = {},
): AsyncGenerator<ParsedEvent, void, undefined> {
  requireKnownKeys(options, parseOptionNames, "parseEvents");
  return eventsOf(source, options);
}

async function* eventsOf(
  source: unknown,
  options: ParseOptions,
): AsyncGenerator<ParsedEvent, void, undefined> {
  const chunks = chunksOf(source);
  if (chunks === null) return;
  const completed: ParsedEvent[] = [];
  const parser = createEventParser({ ...options, onEvent: (event) => completed.push(event) });
  const puller = pull(chunks);
  try {
    for (let next = await puller.next(); !next.done; next = await puller.next()) {
      const failure = feed(parser, next.value);
      // The events of a chunk are yielded before its error, so that none of them is lost.
      for (const event of completed.splice(0)) yield event;
      if (failure) throw failure.error;
    }
  } finally {
    await puller.stop();
  }
}

/** Finds the chunks in what a caller has: a `Response` has them in its body, a string is one. */
function chunksOf(source: unknown): Chunks | Iterable<string> | null {
  if (typeof source === "string") return [source];
  if (source === null) return null;
  if (typeof source === "object") {
    if ("getReader" in source || Symbol.asyncIterator in source) return source as Chunks;
    if ("body" in source && typeof source.body === "object") return chunksOf(source.body);
  }
  throw notASource(source);
}

function feed(parser: EventParser, chunk: Uint8Array | string): { readonly error: unknown } | undefined {
  try {
    parser.feed(chunk);
    return undefined;
  } catch (error) {
    return { error };
  }
}
