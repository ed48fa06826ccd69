import { encodeEvent, type ServerSentEvent } from "@sse/core";
import type { Channel } from "../log/channel.js";
import type { LogEntry } from "../log/event-log.js";
import { utf8Length } from "../utf8.js";

/**
 * An event that is no entry of the log: it is sent to the readers that are live, and kept nowhere.
 */
export interface EphemeralEvent {
  readonly channels: readonly Channel[];
  readonly event?: string | undefined;
  readonly data: string;
  /** The id of a connection that does not receive it. */
  readonly except?: string | undefined;
  readonly position?: undefined;
}

/**
 * The role of an entry for the readers of its channels.
 *
 * - `event`: it is sent.
 * - `end`: it is sent, and ends the stream, unless entries of the channel follow it already. It is
 *   not sent to readers without control events.
 * - `hidden`: it is not sent.
 * - `foreign`: no hub has published it. It is not sent, and reported.
 */
export type EntryRole = "event" | "end" | "hidden" | "foreign";

/**
 * An entry of the log, or an ephemeral event, with its wire form: encoded once for all readers, and
 * not before it is needed. A text: bytes are made where more than one reader shares them.
 */
export class Frame<Event extends LogEntry | EphemeralEvent = LogEntry | EphemeralEvent> {
  readonly event: Event;
  readonly role: EntryRole;
  #text: string | undefined;
  #byteLength = 0;

  constructor(event: Event, role: EntryRole = "event") {
    this.event = event;
    this.role = role;
  }

  get text(): string {
    if (this.#text === undefined) this.#encode();
    return this.#text!;
  }

  /** Bytes of the text as UTF-8. */
  get byteLength(): number {
    if (this.#text === undefined) this.#encode();
    return this.#byteLength;
  }

  #encode(): void {
    this.#text = encodeEvent(fieldsOf(this.event));
    this.#byteLength = utf8Length(this.#text);
  }
}

/** An ephemeral event has no id, so that the client's last event id stays as it is. */
function fieldsOf({ position: id, event, data }: LogEntry | EphemeralEvent): ServerSentEvent {
  if (event === undefined) return id === undefined ? { data } : { id, data };
  return id === undefined ? { event, data } : { event, id, data };
}
