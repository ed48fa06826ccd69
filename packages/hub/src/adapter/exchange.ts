import type { EventSink } from "@sse/core";
import type { StreamRequest } from "./negotiate.js";
import type { PlainResponse } from "./plain-response.js";
import type { SinkOptions } from "./response-options.js";

/**
 * One request and its response, as an adapter presents them to the code that all adapters share.
 */
export interface Exchange extends StreamRequest {
  /** The URL with its query; absolute or not. */
  readonly url: string;
  /** The version of HTTP in which the request was received, such as `1.1`, if the server says. */
  readonly httpVersion?: string | undefined;
  /** The value of the request header `Via`, which proxies add. */
  readonly via: string | undefined;
  /** The id from which the client resumes, see `getLastEventId`. */
  readonly lastEventId: string;
  /**
   * Resolves when the response may be written, for one that waits behind others on its connection,
   * or when the client has left. `undefined`: it may be written now. Read once.
   */
  readonly turn?: Promise<void> | undefined;
  /** Whether the response has ended, or the client has left. */
  readonly over: boolean;
  /** Whether something else has sent the head of the response. */
  readonly started: boolean;
  /** Opens the response as a sink, without sending anything. Called at most once. */
  openSink(options: SinkOptions, listener: StreamSinkListener): StreamSink;
  /**
   * Called just before the head of a stream is sent: from here on the framework must not respond.
   * The sink is the one that the stream is written to.
   */
  onStart?(sink: EventSink): void | Promise<void>;
  /** Receives an error for which no response can be sent any more, after the stream has ended. */
  onError(error: unknown): void;
}

/**
 * An {@link EventSink} whose response can still be used for something else while nothing has been
 * written.
 */
export interface StreamSink extends EventSink {
  /** Whether the head has been sent. */
  readonly started: boolean;
  /** Whether the transport has closed: as `closed`, at this moment. */
  readonly over: boolean;
  /**
   * Leaves the response untouched, so that something else can respond; for the sink's owner the
   * transport has closed. Only for a response that has not started.
   */
  release(): void;
}

/** Receives what a {@link StreamSink} reports. */
export interface StreamSinkListener {
  /**
   * Called just before the head is sent: from here on the response is a stream. A promise delays
   * the head until it resolves.
   */
  onStart?(sink: StreamSink): void | Promise<void>;
  /**
   * Receives what the response threw, such as an error of middleware that patched it. The response
   * is destroyed then.
   */
  onError?(error: unknown): void;
}

/**
 * The outcome of a request: `undefined` once a stream has started or the client has left, or the
 * response that the framework has to send.
 *
 * @throws (as a rejection) what the application threw before the first byte, for the framework's
 * error path.
 */
export type StreamOutcome = Promise<PlainResponse | undefined>;
