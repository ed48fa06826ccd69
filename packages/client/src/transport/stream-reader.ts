import {
  controlEvents,
  createEventParser,
  type GapInfo,
  type LiveInfo,
  type ParsedEvent,
  SseError,
} from "@sse/core";
import type { Session } from "./connection-state.js";

/**
 * Makes the function that takes the chunks of a stream, one when the one before has been dealt with, and hands its events out. It rejects
 * with `refused` when our hub is full.
 *
 * @param lastEventId the id that the stream resumes from.
 * @param signal nobody wants the events any more.
 */
export function createIntake(
  lastEventId: string,
  session: Session,
  signal: AbortSignal,
): (chunk: Uint8Array) => Promise<void> {
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
  async function take(event: ParsedEvent): Promise<void> {
    const { event: name, data } = event;
    if (name === controlEvents.live) {
      const info = readInfo<LiveInfo>(data);
      // One heartbeat may be lost, and each may be late.
      session.idleTimeout = options.idleTimeout ?? (info.heartbeat > 0 ? info.heartbeat * 2 + 1_000 : 0);
      receiver.emit("live", info);
    } else if (name === controlEvents.gap) {
      receiver.emit("gap", readInfo<GapInfo>(data));
    } else if (name === controlEvents.refused) {
      throw new SseError("refused", `the server is full: ${data}`);
    } else if (name !== controlEvents.heartbeat) {
      await receiver.deliver(event, signal);
    }
  }

  return async (chunk) => {
    receiver.received(chunk.byteLength);
    parser.feed(chunk);
    for (const event of events.splice(0)) {
      if (!signal.aborted) await take(event);
    }
    // What was dealt with before the client was closed is not to come again.
    await receiver.reach(signal.aborted ? await receiver.resumeFrom() : parser.lastEventId);
  };
}

/** What a control event says. Another server's nonsense under the same name says nothing, and breaks nothing. */
function readInfo<Info extends object>(data: string): Info {
  try {
    return Object(JSON.parse(data));
  } catch {
    return {} as Info;
  }
}
