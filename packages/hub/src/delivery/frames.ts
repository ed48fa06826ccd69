import {
  controlEvents,
  type EndInfo,
  encodeComment,
  encodeEvent,
  type GapInfo,
  type LiveInfo,
  type RefusalReason,
  type RefusedInfo,
  serializeData,
} from "@sse/core";
import { controlEventPrefix, encodeUtf8 } from "@sse/core/internal";
import { nameOfTheHub } from "../errors.js";
import type { LogEntry } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { HeartbeatOptions, HubSettings, Resolved } from "../options.js";
import { requireEvent } from "../require-event.js";
import type { ConnectionEvent } from "../subscription.js";

/**
 * Whether an entry may be sent to clients. An engine may hold entries that no hub has published:
 * one with the name of a control event would make clients believe what the hub never said.
 */
export function isDeliverable({ event }: LogEntry): boolean {
  return event === undefined || (!event.startsWith(controlEventPrefix) && !/[\r\n\0]/.test(event));
}

/** Encodes a reconnection time, which belongs to the block of the next event. */
export function retryFrame(milliseconds: number): string {
  return encodeEvent({ retry: milliseconds });
}

/**
 * Encodes a frame that moves the client's last event id and dispatches nothing (WHATWG HTML §9.2.6,
 * an empty data buffer).
 */
export function idFrame(position: Position): string {
  return encodeEvent({ id: position });
}

export function liveFrame(position: Position, live: LiveInfo): string {
  return encodeEvent({ event: controlEvents.live, id: position, data: live });
}

export function gapFrame(position: Position, gap: GapInfo): string {
  return encodeEvent({ event: controlEvents.gap, id: position, data: gap });
}

export function refusedFrame(reason: RefusalReason, retry: number): string {
  const data: RefusedInfo = { reason };
  return encodeEvent({ event: controlEvents.refused, retry, data });
}

/** Encodes a heartbeat, in bytes that all clients share. */
export function heartbeatFrame({ kind, padding }: Resolved<HeartbeatOptions>): Uint8Array {
  const filler = " ".repeat(padding);
  if (kind === "comment") return encodeUtf8(encodeComment(filler));
  return encodeUtf8(
    encodeEvent({ event: controlEvents.heartbeat, data: "", ...(padding === 0 ? {} : { comment: filler }) }),
  );
}

/** The end of a run that is no longer held. It has no id, because no entry says so. */
export const lostFrame: Uint8Array = encodeUtf8(
  encodeEvent({ event: controlEvents.end, data: { state: "lost" } satisfies EndInfo }),
);

/** Encodes an event that is sent to one connection only. */
export function applicationFrame(event: ConnectionEvent, serialize: HubSettings["serialize"]): string {
  return encodeEvent(applicationEvent(event, serialize));
}

/**
 * Returns the fields of an event that is sent to one connection only, with serialized data.
 *
 * @throws {SseError} `reserved` for a name or a field of the hub, `invalid-field`,
 * `unserializable`.
 */
export function applicationEvent(
  own: ConnectionEvent,
  serialize: HubSettings["serialize"],
): { event?: string; data: string } {
  requireEvent(own);
  const { event, data } = own;
  if (typeof event === "string" && event.startsWith(controlEventPrefix)) throw nameOfTheHub(event);
  const text = data === undefined ? "" : serializeData(data, serialize);
  return { data: text, ...(event === undefined ? {} : { event }) };
}
