import {
  type EncodeOptions,
  encodeOptionNames,
  encodeWith,
  requireSerialize,
  type ServerSentEvent,
} from "./encode.js";
import { requireKnownKeys } from "./option-checks.js";
import { encodeUtf8 } from "./utf8.js";

/**
 * A transform stream from events to the bytes of an event stream:
 * `events.pipeThrough(new EventEncoderStream())` is a response body. An event without a wire form
 * fails the stream with the error of `encodeEvent`.
 */
export class EventEncoderStream {
  /** The encoded events, one chunk each. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Accepts the events. */
  readonly writable: WritableStream<ServerSentEvent>;

  /** @throws {SseError} `invalid-option` for an unknown option. */
  constructor(options: EncodeOptions = {}) {
    requireKnownKeys(options, encodeOptionNames, "new EventEncoderStream");
    requireSerialize(options?.serialize);
    // Not a subclass: `extends TransformStream` would fail on import where a runtime lacks it.
    const { readable, writable } = new TransformStream<ServerSentEvent, Uint8Array<ArrayBuffer>>({
      transform(event, controller) {
        controller.enqueue(encodeUtf8(encodeWith(event, options.serialize)));
      },
    });
    this.readable = readable;
    this.writable = writable;
  }
}
