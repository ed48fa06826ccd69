import { serializeData } from "@sse/core";
import {
  controlEventPrefix,
  outOfRange,
  requireDuration,
  requireKnownKeys,
  requireOneOf,
} from "@sse/core/internal";
import { badEventName, badKey, eventTooLarge, nameOfTheHub, notAnInstanceEvent } from "../errors.js";
import { type Channel, everyone, topicChannel, userChannel } from "../log/channel.js";
import type { NewLogEntry } from "../log/event-log.js";
import type { HubSettings, PresenceScope } from "../options.js";
import { requireEvent } from "../require-event.js";
import { utf8Length } from "../utf8.js";
import { isWellFormed, requireNames } from "../validate.js";

/**
 * The events that may be published. `Events` maps event names to payload types; without it any name
 * and payload are accepted. `message` is the name that may be left out.
 */
export type HubEvent<Events extends object> = string extends keyof Events
  ? { event?: string | undefined; data?: unknown }
  : {
      [Name in keyof Events & string]: Name extends "message"
        ? { event?: Name | undefined; data: Events[Name] }
        : { event: Name; data: Events[Name] };
    }[keyof Events & string];

/** An event to publish, whatever the types of the hub. */
export interface PublishedEvent {
  /** The name. Default `message`. */
  event?: string | undefined;
  /** The payload. Default: the empty string. */
  data?: unknown;
}

/** Options of a publish. */
export interface PublishOptions {
  /**
   * Only for connections that are live at this moment: no id, never replayed, no order against
   * other events. For events that are worthless a second later, such as "is typing". Default false.
   */
  ephemeral?: boolean | undefined;
  /**
   * The receivers of an ephemeral event: the live connections of every instance (`hub`), or of this
   * one (`instance`). Other instances receive it at most once. If the bus cannot send it, that is
   * reported to `error`, and the publish succeeds all the same. Default `hub`.
   */
  scope?: PresenceScope["scope"];
  /**
   * Events with the same audience and key may replace one another for a reader that has fallen
   * behind. It counts towards `limits.eventBytes`.
   */
  conflateKey?: string | undefined;
  /**
   * Identifies the event, 1 to 4,096 characters: publishing again with the same key and the same
   * event resolves to the first id, publishes nothing and reports no `publish`. It holds as long as
   * the log remembers the key, and not beyond the log's epoch. Not for ephemeral events.
   */
  idempotencyKey?: string | undefined;
  /**
   * The id of a connection that does not receive the event, on any instance: the one that caused
   * it, for example. A client that reconnects has another id, and receives the event if it missed
   * it.
   */
  except?: string | undefined;
  /**
   * Ends the wait for the log, and rejects with the signal's reason. The event may be published all
   * the same.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds until it rejects with `append-timeout`. The event may be published all the same.
   * Default: the hub's `publishTimeout`.
   */
  timeout?: number | undefined;
}

/** The receivers of an event, as the application names them: not checked yet. */
export type Recipients =
  | { readonly kind: "everyone" }
  | { readonly kind: "topics"; readonly topics: string | readonly string[] }
  | { readonly kind: "users"; readonly users: string | readonly string[] };

/** An event as it is stored or sent: checked and serialized. */
export type Publication = Omit<NewLogEntry, "conflateKey">;

/** The settings of a hub that its events are checked against. */
export interface EventSettings {
  readonly serialize: HubSettings["serialize"];
  readonly limits: Pick<HubSettings["limits"], "eventBytes">;
}

/** The settings of a hub that its publications are checked against. */
export interface PublicationSettings extends EventSettings {
  readonly limits: Pick<HubSettings["limits"], "eventBytes" | "topicsPerPublish">;
}

/** The options of a publish that has none, which need no check. */
export const noPublishOptions: PublishOptions = {};

const scopes: readonly PresenceScope["scope"][] = ["hub", "instance"];

const optionNames = ["ephemeral", "scope", "conflateKey", "idempotencyKey", "except", "signal", "timeout"];

/** The maximum length of the id of a connection, which a log stores. */
const maxConnectionIdLength = 256;

/** The maximum length of an idempotency key, which a log remembers. */
const maxKeyLength = 4_096;

/**
 * Checks the options of a publish.
 *
 * @throws {SseError} `invalid-option`
 */
export function requirePublishOptions(options: PublishOptions): void {
  if (options === noPublishOptions) return;
  requireKnownKeys(options, optionNames, "publish");
  const { ephemeral, scope = "hub", conflateKey, idempotencyKey, except, timeout } = options;
  requireOneOf(scopes, "scope", scope);
  if (ephemeral !== undefined && typeof ephemeral !== "boolean")
    throw outOfRange("ephemeral", "true or false", ephemeral);
  if (scope === "instance" && !ephemeral) throw notAnInstanceEvent();
  if (timeout !== undefined) requireDuration("timeout", timeout);
  if (except !== undefined) requireKey("except", except, maxConnectionIdLength);
  if (conflateKey !== undefined) requireKey("conflateKey", conflateKey, Number.POSITIVE_INFINITY);
  if (idempotencyKey !== undefined) requireKey("idempotencyKey", idempotencyKey, maxKeyLength);
}

/** Keys are compared by engines that store UTF-8, in which all lone surrogates are the same. */
function requireKey(option: string, key: unknown, maxLength: number): void {
  if (typeof key === "string" && key.length >= 1 && key.length <= maxLength && isWellFormed(key)) return;
  throw badKey(option, maxLength);
}

/**
 * Checks and serializes an event.
 *
 * @throws {SseError} `reserved` for `sse:` names and fields that the hub sets, `invalid-field` for
 * a name that would break the wire format or for an unknown field, `invalid-option` for a bad name
 * or too many of topics or users, `unserializable`, `too-large`.
 */
export function preparePublication(
  recipients: Recipients,
  event: PublishedEvent,
  settings: PublicationSettings,
  { conflateKey, except }: Pick<PublishOptions, "conflateKey" | "except"> = noPublishOptions,
): Publication {
  const channels = channelsOf(recipients, settings.limits.topicsPerPublish);
  const { event: name, data } = serializeEvent(event, settings, conflateKey);
  const publication: { -readonly [Key in keyof Publication]: Publication[Key] } = { channels, data };
  if (name !== undefined) publication.event = name;
  if (except !== undefined) publication.except = except;
  return publication;
}

/**
 * Checks and serializes the fields of an event. A name that is not set is absent.
 *
 * @throws {SseError} as {@link preparePublication}.
 */
export function serializeEvent(
  event: PublishedEvent,
  { serialize, limits }: EventSettings,
  conflateKey?: string,
): Pick<Publication, "event" | "data"> {
  requireEvent(event, optionNames);
  const name = requireEventName(event.event);
  const data = event.data === undefined ? "" : serializeData(event.data, serialize);
  requireSize(limits.eventBytes, data, name, conflateKey);
  return name === undefined ? { data } : { event: name, data };
}

function requireSize(limit: number, data: string, name = "", conflateKey = ""): void {
  // A character is at most three bytes, so that most events need no count.
  if (3 * (data.length + name.length + conflateKey.length) <= limit) return;
  const bytes = utf8Length(data) + utf8Length(name) + utf8Length(conflateKey);
  if (bytes > limit) throw eventTooLarge(bytes, limit);
}

function channelsOf(recipients: Recipients, max: number): readonly Channel[] {
  switch (recipients.kind) {
    case "everyone":
      return [everyone];
    case "topics":
      return requireNames("topic", recipients.topics, max).map(topicChannel);
    case "users":
      return requireNames("user", recipients.users, max).map(userChannel);
  }
}

function requireEventName(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  if (typeof name !== "string" || /[\r\n\0]/.test(name)) throw badEventName();
  if (name.startsWith(controlEventPrefix)) throw nameOfTheHub(name);
  return name;
}
