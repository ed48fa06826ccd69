import fc from "fast-check";
import { createEventParser, type ParsedEvent, type ParseOptions } from "../../src/index.js";
import type { Interpretation, Meaning } from "./spec-parser.js";

export type Chunk = string | Uint8Array;

/** Feeds chunks to a new parser and returns all that it said. */
export function parse(
  chunks: Iterable<Chunk>,
  options: Pick<ParseOptions, "maxEventSize" | "lastEventId"> = {},
): Interpretation {
  const meanings: Meaning[] = [];
  const parser = createEventParser({
    ...options,
    onEvent: (event) => meanings.push({ kind: "event", ...event }),
    onComment: (text) => meanings.push({ kind: "comment", text }),
    onRetry: (milliseconds) => meanings.push({ kind: "retry", milliseconds }),
    onError: () => meanings.push({ kind: "too-large" }),
  });
  for (const chunk of chunks) parser.feed(chunk);
  parser.end();
  return { meanings, lastEventId: parser.lastEventId };
}

/** The events of a stream that is fed as one chunk. */
export function eventsOf(...chunks: Chunk[]): ParsedEvent[] {
  const events: ParsedEvent[] = [];
  const parser = createEventParser({ onEvent: (event) => events.push(event) });
  for (const chunk of chunks) parser.feed(chunk);
  return events;
}

/** Every way to cut a stream in two. */
export function* splits<T extends Chunk>(stream: T): Generator<[T, T]> {
  for (let index = 0; index <= stream.length; index++) {
    yield [stream.slice(0, index) as T, stream.slice(index) as T];
  }
}

/** A stream in pieces of a length. */
export function* pieces<T extends Chunk>(stream: T, length: number): Generator<T> {
  for (let index = 0; index < stream.length; index += length) yield stream.slice(index, index + length) as T;
}

/** Cuts a stream at random, with some pieces empty. */
export function cuts<T extends Chunk>(stream: T): fc.Arbitrary<T[]> {
  return fc.array(fc.nat(stream.length), { maxLength: 12 }).map((indices) => {
    const marks = [0, ...indices.sort((a, b) => a - b), stream.length];
    return marks.slice(1).map((end, index) => stream.slice(marks[index], end) as T);
  });
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
