import { SseError, serializeData } from "@sse/core";
import { controlEventPrefix } from "@sse/core/internal";
import type { Audience } from "../hooks.js";
import { type Channel, everyone, topicChannel, userChannel } from "../log/channel.js";
import type { HubSettings, PresenceScope } from "../options.js";
import { utf8Length } from "../utf8.js";

/**
 * What may be published. `Events` maps event names to payload types; without it any name and payload will do. `message` is the name that may
 * be left out.
 */
export type HubEvent<Events extends object> = string extends keyof Events
  ? { event?: string; data?: unknown }
  : {
      [Name in keyof Events & string]: Name extends "message"
        ? { event?: Name; data: Events[Name] }
        : { event: Name; data: Events[Name] };
    }[keyof Events & string];

/** An event to publish, whatever the types of the hub. */
export interface PublishedEvent {
  /** Its name. Default `message`. */
  event?: string;
  /** Its payload. Default: empty text. */
  data?: unknown;
}

/** How an event is published. */
export interface PublishOptions {
  /**
   * Only for connections that are live at this moment: no id, never replayed, no order against other events. For what is worthless a
   * second later, such as "is typing". Default false.
   */
  ephemeral?: boolean;
  /**
   * How far an ephemeral event goes: to the live connections of every instance, or of this one. What other instances get, they get at most once; if the bus cannot
   * send it, `error` is told so, and the publish succeeds all the same. Default `hub`.
   */
  scope?: PresenceScope["scope"];
  /** Events with the same audience and key may replace one another for a reader that has fallen behind. */
  conflateKey?: string;
  /** Publishing again with the same key and the same event answers the first id and publishes nothing. Not for ephemeral events. */
  idempotencyKey?: string;
  /** Gives up waiting for the log, and rejects with the signal's reason. The event may be published all the same. */
  signal?: AbortSignal;
  /** Milliseconds after which to give up, with `append-timeout`. The event may be published all the same. Default: the hub's `publishTimeout`. */
  timeout?: number;
}

/** An event on its way into the log. */
export interface Publication {
  readonly channels: readonly Channel[];
  readonly event: string | undefined;
  readonly data: string;
}

/** The fields of the wire format that a publisher may not set: they belong to the log, the hub and each connection. */
const reservedFields = ["id", "retry", "comment"] as const;

/**
 * Checks and serializes what an application publishes.
 *
 * @throws {SseError} `reserved` for `sse:` names and fields that are the hub's, `invalid-field` for a name that would break the wire
 * format, `unserializable`, `too-large`.
 */
export function preparePublication(
  audience: Audience,
  event: PublishedEvent,
  { serialize, limits }: { serialize: HubSettings["serialize"]; limits: { readonly eventBytes: number } },
): Publication {
  if (typeof event !== "object" || event === null) throw notAnEvent(event);
  const name = checkedName(event);
  const data = event.data === undefined ? "" : serializeData(event.data, serialize);
  const bytes = utf8Length(data) + utf8Length(name ?? "");
  if (bytes > limits.eventBytes) {
    throw new SseError(
      "too-large",
      `the event has ${bytes} bytes, the limit is ${limits.eventBytes}: send less, or a link to it, or raise limits.eventBytes`,
      { field: "data" },
    );
  }
  return { channels: channelsFor(audience), event: name, data };
}

function channelsFor(audience: Audience): readonly Channel[] {
  switch (audience.kind) {
    case "everyone":
      return [everyone];
    case "topics":
      return audience.topics.map(topicChannel);
    case "users":
      return audience.users.map(userChannel);
  }
}

function notAnEvent(value: unknown): SseError {
  return new SseError("invalid-field", `an event is an object, not ${typeof value}: publish { data: … }`, {
    field: "data",
  });
}

function checkedName(event: { event?: string }): string | undefined {
  for (const field of reservedFields) {
    if (field in event && (event as Record<string, unknown>)[field] !== undefined) {
      throw new SseError("reserved", `${field} is set by the hub; publish only event and data`, { field });
    }
  }
  const name = event.event;
  if (name === undefined || name === "") return undefined;
  if (typeof name !== "string" || /[\r\n\0]/.test(name)) {
    throw new SseError("invalid-field", "event must be a text without CR, LF or NUL", { field: "event" });
  }
  if (name.startsWith(controlEventPrefix)) {
    throw new SseError("reserved", `"${name}": names that begin with "sse:" are the hub's; choose another`, {
      field: "event",
    });
  }
  return name;
}
