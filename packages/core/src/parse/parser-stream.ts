import { requireKnownKeys } from "../option-checks.js";
import {
  createEventParser,
  type EventParser,
  type ParsedEvent,
  type ParseOptions,
  parseOptionNames,
} from "./parser.js";

/**
 * A transform stream from the chunks of an event stream to its events:
 * `response.body.pipeThrough(new EventParserStream())`.
 *
 * A chunk is accepted when the events before it have been read. An unhandled error (`too-large`
 * without `onError`, or one that a callback threw) fails the stream. As with every web stream,
 * events that were not read yet are lost then.
 */
export class EventParserStream {
  /** The events, in order. */
  readonly readable: ReadableStream<ParsedEvent>;
  /** Accepts the chunks, cut anywhere, bytes or text. */
  readonly writable: WritableStream<Uint8Array | string>;
  readonly #parser: EventParser;

  /**
   * @throws {SseError} `invalid-option` for an unknown option, or when `maxEventSize` is not a
   * positive number.
   */
  constructor(options: ParseOptions = {}) {
    requireKnownKeys(options, parseOptionNames, "new EventParserStream");
    let readable: TransformStreamDefaultController<ParsedEvent> | undefined;
    const parser = createEventParser({ ...options, onEvent: (event) => readable?.enqueue(event) });
    // Not a subclass: `extends TransformStream` would fail on import where a runtime lacks it.
    const transform = new TransformStream<Uint8Array | string, ParsedEvent>({
      start: (controller) => {
        readable = controller;
      },
      transform: (chunk) => parser.feed(chunk),
    });
    this.#parser = parser;
    this.readable = transform.readable;
    this.writable = transform.writable;
  }

  /** The last event id of the stream so far, to resume from. */
  get lastEventId(): string {
    return this.#parser.lastEventId;
  }
}
