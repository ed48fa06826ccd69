import { controlEvents, type EndInfo, type GapInfo, type LiveInfo, type ParsedEvent } from "@sse/core";
import { streamRefused } from "../errors.js";
import type { ConnectionState } from "./connection-state.js";

/**
 * Handles an event of a hub that concerns the connection. Returns whether it was one; all others
 * are the application's.
 *
 * @throws {SseError} `refused` when the hub refuses the connection.
 */
export function handleControlEvent({ event, data }: ParsedEvent, connection: ConnectionState): boolean {
  if (event === controlEvents.live) {
    const info = readInfo<LiveInfo>(data);
    connection.idleTimeout = connection.options.idleTimeout ?? idleTimeoutOf(info);
    connection.receiver.emit("live", info);
  } else if (event === controlEvents.gap) {
    connection.receiver.emit("gap", readInfo<GapInfo>(data));
  } else if (event === controlEvents.refused) {
    throw streamRefused(data);
  } else if (event === controlEvents.end) {
    connection.runEnd = readInfo<EndInfo>(data);
  } else {
    return event === controlEvents.heartbeat;
  }
  return true;
}

/**
 * Returns the idle timeout for the heartbeat that a hub announces; 0: none. One heartbeat may be
 * lost, and each may be late.
 */
export function idleTimeoutOf({ heartbeat }: LiveInfo): number {
  return heartbeat > 0 ? heartbeat * 2 + 1_000 : 0;
}

/** Parses the data of a control event. Unreadable data of another server counts as empty. */
function readInfo<Info extends object>(data: string): Info {
  try {
    return Object(JSON.parse(data));
  } catch {
    return {} as Info;
  }
}
