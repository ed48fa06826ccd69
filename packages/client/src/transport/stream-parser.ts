import { createEventParser, type ParsedEvent } from "@sse/core";
import type { ConnectionState } from "./connection-state.js";

/** Reads the events of one stream. */
export interface StreamReader {
  /**
   * Returns the events that a chunk completes, control events included, and comments as strings.
   */
  read(chunk: Uint8Array): readonly (ParsedEvent | string)[];
  /** The id that the stream has reached. */
  readonly lastEventId: string;
}

/**
 * Creates a reader for a stream that resumes from an id. It notes the stream's reconnection time,
 * and reports events that are too large.
 */
export function createStreamReader(lastEventId: string, connection: ConnectionState): StreamReader {
  const { options, receiver } = connection;
  let items: (ParsedEvent | string)[] = [];
  const parser = createEventParser({
    lastEventId,
    ...(options.maxEventSize && { maxEventSize: options.maxEventSize }),
    ...(options.onComment && { onComment: (comment) => items.push(comment) }),
    onEvent: (event) => items.push(event),
    onRetry: (milliseconds) => {
      connection.retry = milliseconds;
    },
    onError: (error) => receiver.skipEvent(error),
  });
  return {
    read(chunk) {
      items = [];
      parser.feed(chunk);
      return items;
    },
    get lastEventId() {
      return parser.lastEventId;
    },
  };
}
