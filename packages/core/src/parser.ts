// biome-ignore-all lint/suspicious/noVar: as in event-reader.ts, for speed.

import { SseError } from "./errors.js";
import { createEventReader } from "./line-parser.js";
import { createTextReader } from "./utf8-decoder.js";

/** One event as it was received. */
export interface ParsedEvent {
  /** Event type; `message` when the stream named none. */
  event: string;
  /** The data lines, joined with LF. */
  data: string;
  /** The stream's last event id after this event: its own, else the one before, else `""`. Send it as `Last-Event-ID` to resume. */
  lastEventId: string;
  /** The id that this event itself carried. Absent when it carried none. */
  id?: string;
}

/** Options of {@link EventParserStream} and {@link parseEvents}, and most of {@link createEventParser}. */
export interface ParseOptions {
  /** The server set the reconnection time, in milliseconds; called as soon as the line ends. At most `Number.MAX_SAFE_INTEGER`. */
  onRetry?: (milliseconds: number) => void;
  /** A comment line, without its colon and one space. */
  onComment?: (comment: string) => void;
  /**
   * An event was too large (code `too-large`) and left out; parsing goes on with the next one. Without this callback, the error is
   * thrown to whoever feeds or reads.
   */
  onError?: (error: SseError) => void;
  /**
   * Length of the largest event, which bounds the parser's memory: all its lines up to its blank line, with one for each line end,
   * in UTF-16 code units (bytes for ASCII, and never more than the bytes). A comment before the event's first field counts only by
   * itself. Default 16777216 (16 Mi); `Infinity`: no limit.
   */
  maxEventSize?: number;
  /** The last event id with which the stream begins, for a stream that resumes another. Default `""`. */
  lastEventId?: string;
}

/** Options of {@link createEventParser}. */
export interface EventParserOptions extends ParseOptions {
  /** An event is complete. */
  onEvent: (event: ParsedEvent) => void;
}

/** A parser of one event stream, see {@link createEventParser}. */
export interface EventParser {
  /**
   * Parses the next chunk, cut anywhere, and calls back for all that it completes. Strings and bytes may be mixed. The parser keeps no
   * reference to the bytes.
   *
   * @throws the first error that a callback threw, after the whole chunk has been parsed: nothing else is lost.
   * @throws {SseError} `too-large`, likewise, when there is no `onError`.
   * @throws {SseError} `invalid-option` for anything but a string and bytes; `handler-failed` when called from within a callback of the same parser.
   */
  feed(chunk: string | Uint8Array): void;
  /** The stream has ended: an event without its blank line is dropped. What is fed next begins another stream. */
  end(): void;
  /**
   * Drops what is unfinished, to begin another stream (a reconnect). {@link lastEventId} stays. In a callback, the rest of the chunk is
   * dropped too.
   */
  reset(): void;
  /** The last event id of the stream, as of the last blank line; `""` when there is none. */
  readonly lastEventId: string;
}

/**
 * Makes a parser for event streams by the rules of WHATWG HTML §9.2.6: one byte order mark at the start, lines that end with LF, CR
 * or CRLF, sticky last event id.
 *
 * A chunk passes two readers: {@link createTextReader} makes text of it, {@link createEventReader} events. What is unfinished is theirs,
 * so that another stream needs just new ones. The callbacks around them keep the last event id, and whatever was thrown.
 *
 * @throws {SseError} `invalid-option` when `maxEventSize` is not a positive number.
 */
export function createEventParser(options: EventParserOptions): EventParser {
  var { onEvent, onRetry, onComment, onError = rethrow, maxEventSize = defaultMaxEventSize } = options;
  if (!(maxEventSize > 0)) {
    throw new SseError("invalid-option", `maxEventSize is ${maxEventSize}: give a length above 0`, {
      field: "maxEventSize",
    });
  }
  var readText: ReturnType<typeof createTextReader>;
  var readEvents: ReturnType<typeof createEventReader>;
  var feeding = false;
  /** A callback has reset the parser: the rest of the chunk belongs to a stream that nobody wants any more. */
  var resetting = false;
  var failure: { readonly error: unknown } | undefined;

  // The id is a property, not a getter: that would give each parser a shape of its own, and make calls to it slow.
  var parser = { lastEventId: options.lastEventId ?? "", feed, end: reset, reset };
  reset();
  return parser;

  function feed(chunk: string | Uint8Array): void {
    if (feeding) throw new SseError("handler-failed", "a callback fed its own parser: feed it later");
    feeding = true;
    try {
      readEvents(readText(chunk));
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
    readText = createTextReader();
    readEvents = createEventReader(
      maxEventSize,
      deliver,
      leaveOut,
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
    // Written out instead of by `call`: with one more function in between, each event takes longer.
    try {
      onEvent(id === undefined ? { event, data, lastEventId } : { event, data, lastEventId, id });
    } catch (error) {
      failure ??= { error };
    }
  }

  function leaveOut(): void {
    const message = `an event was left out: raise maxEventSize (${maxEventSize}) if it was meant to come`;
    call(onError, new SseError("too-large", message));
  }

  /** Calls back. An error waits until the chunk is parsed: thrown at once, it would take the rest of the chunk along. */
  function call<T>(callback: ((value: T) => void) | undefined, value: T): void {
    if (resetting) return;
    try {
      callback?.(value);
    } catch (error) {
      failure ??= { error };
    }
  }
}

/** Large enough for what models and tools send in one event, such as an image; small enough for many parsers in one process. */
const defaultMaxEventSize = 2 ** 24;

function rethrow(error: SseError): never {
  throw error;
}
