import { createEventParser, type ParsedEvent, SseError } from "@sse/core";
import type { GapInfo, LiveInfo } from "./lifecycle.js";
import type { Session } from "./session.js";
import { guarded } from "./watchdog.js";

/**
 * Reads a stream and hands its events out, each chunk when those before it have been dealt with. Resolves to why it ended.
 *
 * @param lastEventId the id that the stream resumes from.
 * @param signal ends it.
 */
export async function readStream(
  body: ReadableStream<Uint8Array> | null,
  lastEventId: string,
  session: Session,
  signal: AbortSignal,
): Promise<SseError | undefined> {
  const { receiver, options } = session;
  const events: ParsedEvent[] = [];
  const parser = createEventParser({
    // For its `maxEventSize`; a parser knows no other of them but those that follow.
    ...options,
    lastEventId,
    onEvent: (event) => events.push(event),
    onRetry: (milliseconds) => {
      session.retry = milliseconds;
    },
    onError: receiver.leaveOut,
  });

  /** Events of our hub are about the connection; all others are the application's. */
  async function take(event: ParsedEvent): Promise<SseError | undefined> {
    const { event: name, data } = event;
    if (name === "sse:live") {
      const info = readInfo<LiveInfo>(data);
      // One heartbeat may be lost, and each may be late.
      session.idleTimeout = options.idleTimeout ?? (info.heartbeat > 0 ? info.heartbeat * 2 + 1_000 : 0);
      receiver.emit("live", info);
    } else if (name === "sse:gap") {
      receiver.emit("gap", readInfo<GapInfo>(data));
    } else if (name === "sse:refused") {
      return new SseError("refused", `the server is full: ${data}`);
    } else if (name !== "sse:heartbeat") {
      await receiver.deliver(event, signal);
    }
    return undefined;
  }

  const reader = body?.getReader();
  // A `fetch` of the application's own may not heed the signal.
  signal.addEventListener("abort", () => reader?.cancel().catch(() => {}));
  while (reader) {
    const { done, value } = await guarded(reader.read(), session.idleTimeout, session.clock);
    if (done || signal.aborted) break;
    receiver.received(value.byteLength);
    parser.feed(value);
    for (const event of events.splice(0)) {
      const failure = await take(event);
      // What was dealt with before the client was closed is not to come again.
      if (signal.aborted) await receiver.reach(await receiver.position());
      if (failure || signal.aborted) return failure;
    }
    await receiver.reach(parser.lastEventId);
  }
  return new SseError("ended", "the server ended the stream");
}

/** What a control event says. Another server's nonsense under the same name says nothing, and breaks nothing. */
function readInfo<Info extends object>(data: string): Info {
  try {
    return Object(JSON.parse(data));
  } catch {
    return {} as Info;
  }
}
