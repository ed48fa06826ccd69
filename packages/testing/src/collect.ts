import { type ParsedEvent, parseEvents } from "@sse/core";
import {
  controlEventPrefix,
  pull,
  requireDuration,
  requireKnownKeys,
  type Source,
  systemTimers,
  withTimeout,
} from "@sse/core/internal";
import { collectTimeout, endedEarly, noEventStream, notACount } from "./errors.js";

/** A response of `fetch`, or the body of any response: a web stream or a stream of Node. */
export type EventSourceBody =
  | Response
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | string;

/** Options of {@link collect}. */
export interface CollectOptions {
  /** Whether the hub's own events count too, `sse:live` and others. Default false. */
  controlEvents?: boolean | undefined;
  /**
   * Milliseconds after which it rejects with what has been received so far. 0: no limit, the test's
   * own limit ends it. Default 0.
   */
  timeout?: number | undefined;
}

/**
 * Reads the first events of a stream, and then leaves it, as a client that closes the connection.
 *
 * @param source a response, or its body.
 * @param count the number of events to wait for.
 * @throws {SseError} (as a rejection) `bad-response` for a response that is no event stream;
 * `ended` when the stream ends before, `idle` when the timeout is over: both list what was
 * received.
 */
export async function collect(
  source: EventSourceBody,
  count: number,
  options: CollectOptions = {},
): Promise<ParsedEvent[]> {
  requireKnownKeys(options, ["controlEvents", "timeout"], "collect");
  if (!Number.isInteger(count) || count < 1) throw notACount(count);
  const milliseconds = requireDuration("collect: timeout", options.timeout ?? 0) || undefined;
  const events = eventsOf(source);
  const received: ParsedEvent[] = [];
  try {
    await withTimeout(readEvents(events, count, received, options.controlEvents === true), {
      milliseconds,
      onTimeout: () => collectTimeout(milliseconds ?? 0, count, received),
      timers: systemTimers,
    });
  } finally {
    // Not awaited: after a timeout the generator still waits for its source.
    void events.return().catch(() => {});
  }
  return received;
}

async function* eventsOf(source: EventSourceBody): AsyncGenerator<ParsedEvent, void, undefined> {
  await requireEventStream(source);
  yield* parseEvents(source);
}

async function readEvents(
  events: AsyncGenerator<ParsedEvent, void, undefined>,
  count: number,
  received: ParsedEvent[],
  controlEvents: boolean,
): Promise<void> {
  // Not `for await`, which waits for the source to be canceled: a cloned response never is alone.
  while (received.length < count) {
    const { done, value } = await events.next();
    if (done) throw endedEarly(count, received);
    if (controlEvents || !value.event.startsWith(controlEventPrefix)) received.push(value);
  }
}

async function requireEventStream(source: EventSourceBody): Promise<void> {
  if (!isResponse(source)) return;
  const type = source.headers.get("content-type");
  if (source.ok && type?.startsWith("text/event-stream")) return;
  throw noEventStream(source.status, type, await beginningOf(source.body));
}

/** Returns the first chunk of a body, which may have no end, and leaves it. */
async function beginningOf(body: Source<Uint8Array | string> | null): Promise<string> {
  if (body === null) return "";
  const chunks = pull(body);
  const { done, value } = await chunks.next();
  void chunks.stop().catch(() => {});
  if (done) return "";
  const text = typeof value === "string" ? value : new TextDecoder().decode(value as Uint8Array);
  return text.slice(0, 1_000);
}

/** Recognizes also the responses of other realms, and of a `fetch` that is not the global one. */
function isResponse(source: EventSourceBody): source is Response {
  return typeof source === "object" && "headers" in source && typeof source.headers?.get === "function";
}
