import type { EventStream } from "@sse/core";
import { Reader, type ReaderListener } from "../delivery/reader.js";
import { positionGone } from "../errors.js";
import {
  type ConnectionContext,
  type ConnectionInfo,
  type ConnectionStart,
  followedChannels,
} from "./connection.js";

/**
 * Reads the start of a client that is not registered, and reports nothing.
 *
 * Resolves at the first bytes that the client would receive, or once it has left. With control
 * events that is at once: a gap is reported in the stream.
 *
 * @throws {SseError} (as a rejection) `refused` if the start is no longer held.
 */
export function probeStart(
  stream: EventStream,
  info: ConnectionInfo,
  { start }: ConnectionStart,
  { readers }: ConnectionContext,
): Promise<void> {
  if (info.controlEvents) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const options = { id: stream.id, channels: followedChannels(info), controlEvents: false };
    const listener: ReaderListener = {
      ...silent,
      started: resolve,
      gapEnds: () => reject(positionGone()),
      error: reject,
    };
    const reader = new Reader(stream.attach(), options, readers, listener);
    void stream.done.then(() => {
      reader.end();
      resolve();
    });
    reader.start(start, "");
  });
}

const silent = {
  gap: () => [],
  caughtUp() {},
  conflated() {},
  stalled() {},
  lagging() {},
  dropped() {},
  ended() {},
};
