import { createEventParser, type EventParser, type ParsedEvent, type ParseOptions } from "./parser.js";

/**
 * A transform stream from the chunks of an event stream to its events: `response.body.pipeThrough(new EventParserStream())`.
 *
 * Back-pressure holds: a chunk is taken when the events before it have been read. An error that nothing handles, be it `too-large`
 * without `onError` or one that a callback threw, fails the stream, and as with every web stream, what was not read yet is lost.
 */
export class EventParserStream {
  /** The events, in order. */
  readonly readable: ReadableStream<ParsedEvent>;
  /** Takes the chunks, cut anywhere, bytes or text. */
  readonly writable: WritableStream<Uint8Array | string>;
  readonly #parser: EventParser;

  /** @throws {SseError} `invalid-option` when `maxEventSize` is not a positive number. */
  constructor(options: ParseOptions = {}) {
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

  /** The last event id of the stream so far: resume from it. */
  get lastEventId(): string {
    return this.#parser.lastEventId;
  }
}
