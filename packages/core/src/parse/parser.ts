// biome-ignore-all lint/suspicious/noVar: as in line-parser.ts, for speed.

import { eventTooLarge, fedByCallback, invalidOption, type SseError, unknownKey } from "../errors.js";
import { findUnknownKey } from "../option-checks.js";
import { createLineParser } from "./line-parser.js";
import { createUtf8Decoder } from "./utf8-decoder.js";

/** One event as it was received. */
export interface ParsedEvent {
  /** Event type; `message` when the stream named none. */
  event: string;
  /** The data lines, joined with LF. */
  data: string;
  /**
   * The stream's last event id after this event: its own, else the one before, else `""`. Send it
   * as `Last-Event-ID` to resume.
   */
  lastEventId: string;
  /** The id that this event itself carried. Absent when it carried none. */
  id?: string;
}

/**
 * Options of {@link EventParserStream} and {@link parseEvents}, and most of {@link
 * createEventParser}.
 */
export interface ParseOptions {
  /**
   * Called when the server sets the reconnection time, in milliseconds, as soon as the line ends.
   * At most `Number.MAX_SAFE_INTEGER`.
   */
  onRetry?: ((milliseconds: number) => void) | undefined;
  /** Called for a comment line, without its colon and one space. */
  onComment?: ((comment: string) => void) | undefined;
  /**
   * Called when an event was too large (code `too-large`) and skipped; parsing continues with the
   * next one. Without this callback, `feed` or the read throws the error.
   */
  onError?: ((error: SseError) => void) | undefined;
  /**
   * The maximum length of an event, which bounds the parser's memory: all its lines up to its blank
   * line, with one for each line end, in UTF-16 code units (bytes for ASCII, and never more than
   * the bytes). A comment before the event's first field counts only by itself. Default 16777216
   * (16 Mi); `Infinity`: no limit.
   */
  maxEventSize?: number | undefined;
  /** The last event id at the start, for a stream that resumes another. Default `""`. */
  lastEventId?: string | undefined;
}

/** The names in {@link ParseOptions}. */
export const parseOptionNames: readonly (keyof ParseOptions)[] = [
  "lastEventId",
  "maxEventSize",
  "onComment",
  "onError",
  "onRetry",
];

/** Options of {@link createEventParser}. */
export interface EventParserOptions extends ParseOptions {
  /** Called when an event is complete. */
  onEvent: (event: ParsedEvent) => void;
}

/** Parses one event stream, see {@link createEventParser}. */
export interface EventParser {
  /**
   * Parses the next chunk, cut anywhere, and calls back for everything that it completes. Strings
   * and bytes may be mixed. The parser keeps no reference to the bytes.
   *
   * @throws the first error that a callback threw, after the whole chunk has been parsed: nothing
   * else is lost.
   * @throws {SseError} `too-large`, likewise, when there is no `onError`.
   * @throws {SseError} `invalid-option` for anything but a string and bytes; `handler-failed` when
   * called from within a callback of the same parser.
   */
  feed(chunk: string | Uint8Array): void;
  /**
   * Ends the stream: an event without its blank line is dropped. The next chunk starts another
   * stream.
   */
  end(): void;
  /**
   * Drops what is unfinished, to start another stream (a reconnect). {@link lastEventId} stays. In
   * a callback, the rest of the chunk is dropped too.
   */
  reset(): void;
  /** The last event id of the stream, as of the last blank line; `""` when there is none. */
  readonly lastEventId: string;
}

/**
 * Creates a parser for event streams by the rules of WHATWG HTML §9.2.6: one byte order mark at the
 * start, lines that end with LF, CR or CRLF, sticky last event id.
 *
 * A chunk passes two stages: `createUtf8Decoder` makes text of it, `createLineParser`
 * events. They hold what is unfinished, so that another stream only needs new ones. The callbacks
 * around them keep the last event id, and the first error that was thrown.
 *
 * @throws {SseError} `invalid-option` for an unknown option, without `onEvent`, for a callback that
 * is no function, or when `maxEventSize` is not a positive number.
 */
export function createEventParser(options: EventParserOptions): EventParser {
  const known = [...parseOptionNames, "onEvent"];
  const unknown = findUnknownKey(options ?? {}, known);
  // The message names no nearest key: pages would download the search for it.
  if (unknown !== undefined) throw unknownKey("createEventParser", unknown, undefined, known);
  if (typeof options?.onEvent !== "function")
    throw invalidOption("onEvent", "createEventParser: pass { onEvent }, a function");
  for (const name of ["onRetry", "onComment", "onError"] as const) {
    if (typeof (options[name] ?? rethrow) !== "function")
      throw invalidOption(name, `${name} must be a function`);
  }
  const { maxEventSize = defaultMaxEventSize } = options;
  if (typeof maxEventSize !== "number" || !(maxEventSize > 0)) {
    throw invalidOption("maxEventSize", `maxEventSize is ${String(maxEventSize)}: pass a length above 0`);
  }
  return createCheckedParser(options);
}

/** As {@link createEventParser}, for options that the caller has checked. */
// Over 40 lines: a closure over the state of one parser, in functions of a few lines.
export function createCheckedParser(options: EventParserOptions): EventParser {
  var { onEvent, onRetry, onComment, onError = rethrow, maxEventSize = defaultMaxEventSize } = options;
  var decode: ReturnType<typeof createUtf8Decoder>;
  var parseText: ReturnType<typeof createLineParser>;
  var feeding = false;
  /** Set when a callback has reset the parser: the rest of the chunk belongs to the old stream. */
  var resetting = false;
  var failure: { readonly error: unknown } | undefined;

  // The id is a property. With a getter each parser would have a shape of its own, and calls would
  // be slow.
  var parser = { lastEventId: options.lastEventId ?? "", feed, end: reset, reset };
  reset();
  return parser;

  function feed(chunk: string | Uint8Array): void {
    if (feeding) throw fedByCallback();
    feeding = true;
    try {
      parseText(decode(chunk));
    } finally {
      feeding = false;
    }
    if (resetting) reset();
    if (failure) {
      const { error } = failure;
      failure = undefined;
      throw error;
    }
  }

  function reset(): void {
    resetting = feeding;
    if (feeding) return;
    decode = createUtf8Decoder();
    parseText = createLineParser(
      maxEventSize,
      deliver,
      skipEvent,
      (value) => call(onRetry, Math.min(value, Number.MAX_SAFE_INTEGER)),
      onComment && ((comment) => call(onComment, comment)),
    );
  }

  function deliver(event: string, data: string | undefined, id: string | undefined): void {
    if (resetting) return;
    if (id !== undefined) parser.lastEventId = id;
    if (data === undefined) return;
    const { lastEventId } = parser;
    if (event === "") event = "message";
    // Not by `call`: with one more function in between, each event takes longer.
    try {
      onEvent(id === undefined ? { event, data, lastEventId } : { event, data, lastEventId, id });
    } catch (error) {
      failure ??= { error };
    }
  }

  function skipEvent(): void {
    call(onError, eventTooLarge(maxEventSize));
  }

  /**
   * Calls back. An error is kept until the chunk is parsed: thrown at once, it would lose the rest.
   */
  function call<T>(callback: ((value: T) => void) | undefined, value: T): void {
    if (resetting) return;
    try {
      callback?.(value);
    } catch (error) {
      failure ??= { error };
    }
  }
}

/**
 * Large enough for an image that a model sends in one event; small enough for many parsers in one
 * process.
 */
const defaultMaxEventSize = 2 ** 24;

function rethrow(error: SseError): never {
  throw error;
}
