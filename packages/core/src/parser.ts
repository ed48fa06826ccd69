import { createParser, type EventSourceMessage } from "eventsource-parser";
import { ChunkReader } from "./chunk-reader.js";
import { SseError } from "./errors.js";
import { SizeLimit } from "./size-limit.js";

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

/** Options that everything which parses has in common. */
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
   * Bytes of the largest event, which bounds the parser's memory: the UTF-8 length of all its lines up to its blank line, with one byte
   * for each line end. A comment before the event's first field counts only by itself. Default 16777216 (16 MiB); `Infinity`: no limit.
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
   * @throws {SseError} `handler-failed` when called from within a callback of the same parser.
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
 * @throws {SseError} `invalid-option` when `maxEventSize` is not a positive number.
 */
export function createEventParser(options: EventParserOptions): EventParser {
  return new Parser(options);
}

const defaultMaxEventSize = 16 * 1024 * 1024;

/**
 * `eventsource-parser` reads the lines. What it lacks is around it, in the order in which a chunk passes: {@link ChunkReader} makes
 * text of bytes, {@link SizeLimit} leaves out what is too large, and the callbacks below keep the last event id and whatever was thrown.
 */
class Parser implements EventParser {
  readonly #options: EventParserOptions;
  readonly #reader: ChunkReader;
  readonly #sizeLimit: SizeLimit;
  readonly #lines: ReturnType<typeof createParser>;
  #lastEventId: string;
  #feeding = false;
  /** A callback has reset the parser: the rest of the chunk belongs to a stream that nobody wants. */
  #resetting = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: EventParserOptions) {
    const { onRetry, onComment, maxEventSize = defaultMaxEventSize } = options;
    this.#options = options;
    this.#lastEventId = options.lastEventId ?? "";
    this.#lines = createParser({
      onEvent: (message) => this.#dispatch(message),
      onId: (id) => {
        if (!this.#resetting) this.#lastEventId = id;
      },
      onRetry: onRetry && ((value) => this.#call(onRetry, Math.min(value, Number.MAX_SAFE_INTEGER))),
      onComment: onComment && ((comment) => this.#call(onComment, comment)),
    });
    this.#sizeLimit = new SizeLimit({
      maxEventSize: checkedSize(maxEventSize),
      onText: (text) => this.#lines.feed(text),
      onTooLarge: () => {
        this.#forgetLines();
        this.#report(tooLarge(maxEventSize));
      },
    });
    this.#reader = new ChunkReader((text) => this.#sizeLimit.write(text));
    this.#forgetLines();
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  feed(chunk: string | Uint8Array): void {
    if (this.#feeding) throw fedByCallback();
    this.#feeding = true;
    this.#reader.read(chunk);
    this.#feeding = false;
    if (this.#resetting) this.#restart();
    if (this.#failure !== undefined) this.#throwFailure();
  }

  end(): void {
    this.reset();
  }

  reset(): void {
    if (this.#feeding) this.#resetting = true;
    else this.#restart();
  }

  #restart(): void {
    this.#resetting = false;
    this.#reader.reset();
    this.#sizeLimit.startEvent();
    this.#forgetLines();
  }

  #forgetLines(): void {
    this.#lines.reset();
    // The blank line means nothing to the stream. It ends the start of it, at which `eventsource-parser` would strip a second byte order
    // mark, and the text U+00EF U+00BB U+00BF as if it were one.
    this.#lines.feed("\n");
  }

  #dispatch({ event = "message", data, id }: EventSourceMessage): void {
    const lastEventId = this.#lastEventId;
    this.#call(
      this.#options.onEvent,
      id === undefined ? { event, data, lastEventId } : { event, data, lastEventId, id },
    );
  }

  /** Calls back. An error waits until the chunk is parsed, because `eventsource-parser` would lose its place and the rest of the chunk. */
  #call<T>(callback: (value: T) => void, value: T): void {
    if (this.#resetting) return;
    try {
      callback(value);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #report(error: SseError): void {
    const { onError } = this.#options;
    if (onError) this.#call(onError, error);
    else if (!this.#resetting) this.#failure ??= { error };
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }
}

function checkedSize(maxEventSize: number): number {
  if (maxEventSize > 0) return maxEventSize;
  throw new SseError(
    "invalid-option",
    `maxEventSize is ${maxEventSize}: give a number of bytes above 0, or Infinity for no limit`,
    { field: "maxEventSize" },
  );
}

function tooLarge(maxEventSize: number): SseError {
  return new SseError(
    "too-large",
    `an event was left out: it exceeds maxEventSize (${maxEventSize} bytes), which can be raised in the options`,
  );
}

function fedByCallback(): SseError {
  return new SseError(
    "handler-failed",
    "a callback fed its own parser: feed it after the callback has returned",
  );
}
