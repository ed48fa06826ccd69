import type { ServerSentEvent } from "./encode.js";

/**
 * An event that may be sent on a stream. `Events` maps event names to the types of their data;
 * without it any event may be sent. `message` is the name that may be omitted.
 */
export type StreamEvent<Events extends object> = string extends keyof Events
  ? ServerSentEvent
  : NamedEvent<Events> | FieldsOnly;

type NamedEvent<Events extends object> = {
  [Name in keyof Events & string]: Name extends "message"
    ? Omit<ServerSentEvent, "event" | "data"> & { event?: Name; data: Events[Name] }
    : Omit<ServerSentEvent, "event" | "data"> & { event: Name; data: Events[Name] };
}[keyof Events & string];

/** An event that clients do not dispatch: only its id, its reconnection time or its comment. */
type FieldsOnly = Omit<ServerSentEvent, "event" | "data"> & { event?: never; data?: never };
