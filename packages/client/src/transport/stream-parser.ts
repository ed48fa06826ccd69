import type { EventParser, ParsedEvent } from "@sse/core";
import { createCheckedParser } from "@sse/core/internal";
import type { ConnectionState } from "./connection-state.js";

/**
 * Creates a parser for a stream that resumes from an id. It notes the stream's reconnection time,
 * and reports events that are too large.
 *
 * @param items receives the events, control events included, and comments as strings.
 */
export function createStreamParser(
  lastEventId: string,
  connection: ConnectionState,
  items: (ParsedEvent | string)[],
): EventParser {
  const { options, receiver } = connection;
  const { maxEventSize, onComment } = options;
  const add = (item: ParsedEvent | string) => items.push(item);
  return createCheckedParser({
    lastEventId,
    maxEventSize,
    onComment: onComment && add,
    onEvent: add,
    onRetry: (milliseconds) => {
      connection.retry = milliseconds;
    },
    onError: (error) => receiver.skipEvent(error),
  });
}
