import { createEventParser, type ParsedEvent } from "@sse/core";
import type { ConnectionState } from "./connection-state.js";

/** Reads the events of one stream. */
export interface StreamReader {
  /** Returns the events that a chunk completes, control events included. */
  read(chunk: Uint8Array): readonly ParsedEvent[];
  /** The id that the stream has reached. */
  readonly lastEventId: string;
}

/**
 * Creates a reader for a stream that resumes from an id. It notes the stream's reconnection time,
 * and reports events that are too large.
 */
export function createStreamReader(lastEventId: string, connection: ConnectionState): StreamReader {
  let events: ParsedEvent[] = [];
  const parser = createEventParser({
    // Passes `maxEventSize` on; the others of them that a parser uses follow.
    ...connection.options,
    lastEventId,
    onEvent: (event) => events.push(event),
    onRetry: (milliseconds) => {
      connection.retry = milliseconds;
    },
    onError: (error) => connection.receiver.skipEvent(error),
  });
  return {
    read(chunk) {
      events = [];
      parser.feed(chunk);
      return events;
    },
    get lastEventId() {
      return parser.lastEventId;
    },
  };
}
