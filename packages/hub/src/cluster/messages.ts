import { SseError } from "@sse/core";
import { controlEventPrefix } from "@sse/core/internal";
import type { TopicChange, TopicChangeResult } from "../connection/topic-change.js";
import { isRecord } from "../endpoint/problem.js";
import { type Channel, isChannelList } from "../log/channel.js";
import { isName } from "../validate.js";
import type { ConnectionFacts } from "./remote-connection.js";

/** What changed at a place: a topic, or under `undefined` the hub as a whole. Applying it twice changes nothing more. */
export interface PlaceChange {
  readonly topic: string | undefined;
  /** Connections of the sender at this place now. */
  readonly connections: number;
  /** Users who have a connection there now. */
  readonly joined: readonly string[];
  /** Users who have none there any more. */
  readonly left: readonly string[];
}

/** One of several parts of an instance's whole presence, as it is after change number `seq`. */
export interface PresencePart {
  readonly seq: number;
  readonly part: number;
  readonly parts: number;
  readonly places: readonly PlaceChange[];
}

/** Whose connections are to end. */
export type DisconnectTarget = { readonly user: string } | { readonly connection: string };

/** What one instance asks about a connection that it does not have itself. `request` is what the answer names. */
export type Question =
  /** Whoever has this connection tells of it; nobody else answers. */
  | { readonly kind: "find"; readonly request: string; readonly connection: string }
  /** This instance is to change the topics of this connection, if it is still this user's. */
  | {
      readonly kind: "change";
      readonly request: string;
      readonly instance: string;
      readonly connection: string;
      readonly user: string | undefined;
      readonly change: TopicChange;
    };

/** What the instance that has the connection answers. */
export type Answer =
  | { readonly kind: "found"; readonly request: string; readonly connection: ConnectionFacts }
  | { readonly kind: "changed"; readonly request: string; readonly result: TopicChangeResult };

/** What the instances of a hub say to each other. */
export type BusMessage =
  /** An ephemeral event, for the live connections of every instance. */
  | {
      readonly kind: "event";
      readonly channels: readonly Channel[];
      readonly event: string | undefined;
      readonly data: string;
    }
  /** The sender is alive, and has told of `seq` changes so far. With `hello` it may have missed something: everybody answers with a beat. */
  | { readonly kind: "beat"; readonly seq: number; readonly hello: boolean }
  /** Change number `seq` of the sender's presence. */
  | { readonly kind: "changes"; readonly seq: number; readonly places: readonly PlaceChange[] }
  | ({ readonly kind: "state" } & PresencePart)
  /** These instances are to tell their whole presence. */
  | { readonly kind: "ask"; readonly instances: readonly string[] }
  | { readonly kind: "disconnect"; readonly target: DisconnectTarget; readonly retry: number | undefined }
  | Question
  | Answer
  /** The sender has closed. */
  | { readonly kind: "bye" };

/** A message with its sender. */
export interface Received {
  readonly from: string;
  readonly message: BusMessage;
}

/** Instances that speak another version do not understand each other, and say so. */
const version = 1;

/**
 * A message as text: a line of JSON, and for an event its data below, so that data which is JSON itself is not escaped once more.
 */
export function encodeMessage(from: string, message: BusMessage): string {
  const { data, ...fields } = { data: undefined, ...message };
  const header = JSON.stringify({ sse: version, from, ...fields });
  return data === undefined ? header : `${header}\n${data}`;
}

/**
 * Reads a message, which comes from the network.
 *
 * @throws {SseError} `invalid-field` for anything that an instance of this version does not say.
 */
export function decodeMessage(text: string): Received {
  const end = text.indexOf("\n");
  const header = parsed(end < 0 ? text : text.slice(0, end));
  if (!isRecord(header) || header["sse"] !== version || !isId(header["from"])) throw foreign();
  const message = messageOf(header, end < 0 ? undefined : text.slice(end + 1));
  if (message === undefined) throw foreign();
  return { from: header["from"], message };
}

function messageOf(header: Record<string, unknown>, data: string | undefined): BusMessage | undefined {
  const { kind, seq } = header;
  switch (kind) {
    case "event":
      return eventOf(header, data);
    case "beat":
      return isCount(seq) ? { kind, seq, hello: header["hello"] === true } : undefined;
    case "changes": {
      const places = placesOf(header["places"]);
      return isCount(seq) && places !== undefined ? { kind, seq, places } : undefined;
    }
    case "state":
      return stateOf(header);
    case "ask": {
      const { instances } = header;
      return isListOf(isId, instances) ? { kind, instances } : undefined;
    }
    case "disconnect":
      return disconnectOf(header);
    case "find":
    case "change":
      return questionOf(kind, header);
    case "found":
    case "changed":
      return answerOf(kind, header);
    case "bye":
      return { kind };
    default:
      return undefined;
  }
}

function eventOf({ channels, event }: Record<string, unknown>, data: unknown): BusMessage | undefined {
  const named =
    event === undefined ||
    (typeof event === "string" && !/[\r\n\0]/.test(event) && !event.startsWith(controlEventPrefix));
  if (!named || typeof data !== "string" || !isChannelList(channels)) return undefined;
  return { kind: "event", channels, event: event as string | undefined, data };
}

function stateOf(header: Record<string, unknown>): BusMessage | undefined {
  const { seq, part, parts } = header;
  const places = placesOf(header["places"]);
  if (!isCount(seq) || !isCount(part) || !isCount(parts) || part >= parts || places === undefined)
    return undefined;
  return { kind: "state", seq, part, parts, places };
}

function disconnectOf({ target, retry }: Record<string, unknown>): BusMessage | undefined {
  if (!isRecord(target) || !(retry === undefined || isCount(retry))) return undefined;
  const { user, connection } = target;
  if (isName(user)) return { kind: "disconnect", target: { user }, retry };
  return isName(connection) ? { kind: "disconnect", target: { connection }, retry } : undefined;
}

function questionOf(kind: Question["kind"], header: Record<string, unknown>): Question | undefined {
  const { request, connection, instance, user } = header;
  if (!isId(request) || !isName(connection)) return undefined;
  if (kind === "find") return { kind, request, connection };
  const change = changeOf(header["change"]);
  if (!isId(instance) || !(user === undefined || isName(user)) || change === undefined) return undefined;
  return { kind, request, instance, connection, user, change };
}

function changeOf(value: unknown): TopicChange | undefined {
  if (!isRecord(value)) return undefined;
  const { subscribe, unsubscribe, maxTopics } = value;
  if (!isListOf(isName, subscribe) || !isListOf(isName, unsubscribe)) return undefined;
  if (maxTopics === undefined) return { subscribe, unsubscribe };
  return isCount(maxTopics) ? { subscribe, unsubscribe, maxTopics } : undefined;
}

function answerOf(kind: Answer["kind"], header: Record<string, unknown>): Answer | undefined {
  const { request } = header;
  if (!isId(request)) return undefined;
  if (kind === "found") {
    const connection = factsOf(header["connection"]);
    return connection && { kind, request, connection };
  }
  const result = resultOf(header["result"]);
  return result && { kind, request, result };
}

function factsOf(value: unknown): ConnectionFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { user, topics, connectedAt } = value;
  const valid = (user === undefined || isName(user)) && isListOf(isName, topics) && isCount(connectedAt);
  return valid ? { user, topics, connectedAt } : undefined;
}

function resultOf(value: unknown): TopicChangeResult | undefined {
  if (!isRecord(value)) return undefined;
  const { topics, refusal } = value;
  if (refusal === "ended" || refusal === "too-many-topics") return { refusal };
  return isListOf(isName, topics) ? { topics } : undefined;
}

function placesOf(value: unknown): PlaceChange[] | undefined {
  return isListOf(isPlace, value) ? value : undefined;
}

function isPlace(value: unknown): value is PlaceChange {
  return (
    isRecord(value) &&
    (value["topic"] === undefined || isName(value["topic"])) &&
    isCount(value["connections"]) &&
    isListOf(isName, value["joined"]) &&
    isListOf(isName, value["left"])
  );
}

function isListOf<T>(is: (value: unknown) => value is T, value: unknown): value is T[] {
  return Array.isArray(value) && value.every(is);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9-]{1,64}$/.test(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function foreign(): SseError {
  return new SseError(
    "invalid-field",
    "a message on the bus was ignored, because no hub of this version sends such: let nothing else use the bus, and run one version on all instances",
    { field: "bus" },
  );
}
