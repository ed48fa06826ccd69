import type { EndState } from "@sse/core";
import { controlEventPrefix } from "@sse/core/internal";
import { runOfKey } from "../connection/presence-key.js";
import type { TopicChange, TopicChangeResult } from "../connection/topic-change.js";
import { foreignMessage } from "../errors.js";
import { isChannelList } from "../log/channel.js";
import { isName, isRecord } from "../validate.js";
import {
  type BusMessage,
  maxMessageBytes,
  messageVersion,
  type PresenceChange,
  type ReceivedMessage,
  type RemoteRequest,
  type RemoteResponse,
} from "./messages.js";
import type { ConnectionFacts } from "./remote-connection.js";

type Fields = Record<string, unknown>;

/** Reads the fields of one kind of message; returns `undefined` if one is not as it must be. */
type Decoder<Kind extends BusMessage["kind"]> = (
  fields: Fields,
  data: string | undefined,
) => Extract<BusMessage, { kind: Kind }> | undefined;

/**
 * Decodes a message, which may have been sent by anything that reaches the bus.
 *
 * @throws {SseError} `invalid-field` for anything that no instance of this version sends.
 */
export function decodeMessage(text: string): ReceivedMessage {
  if (text.length > maxMessageBytes) throw foreignMessage();
  const end = text.indexOf("\n");
  const fields = parseJson(end < 0 ? text : text.slice(0, end));
  if (!isRecord(fields) || fields["sse"] !== messageVersion || !isId(fields["from"])) throw foreignMessage();
  const { from, kind } = fields;
  const decode = typeof kind === "string" ? decoders.get(kind) : undefined;
  const message = decode?.(fields, end < 0 ? undefined : text.slice(end + 1));
  if (message === undefined) throw foreignMessage();
  return { from, message };
}

const decodersByKind: { readonly [Kind in BusMessage["kind"]]: Decoder<Kind> } = {
  event: ({ channels, event, except }, data) =>
    typeof data === "string" &&
    isChannelList(channels) &&
    isEventName(event) &&
    (except === undefined || isName(except))
      ? { kind: "event", channels, event, data, ...(except !== undefined && { except }) }
      : undefined,
  heartbeat: ({ seq, hello, key }) =>
    isCount(seq) && isKey(key) ? { kind: "heartbeat", seq, hello: hello === true, key } : undefined,
  delta: ({ seq, changes }) =>
    isCount(seq) && isListOf(isPresenceChange, changes) ? { kind: "delta", seq, changes } : undefined,
  snapshot: ({ seq, part, parts, changes }) =>
    isCount(seq) && isCount(part) && isCount(parts) && part < parts && isListOf(isPresenceChange, changes)
      ? { kind: "snapshot", seq, part, parts, changes }
      : undefined,
  "snapshot-request": ({ instances }) =>
    isListOf(isId, instances) ? { kind: "snapshot-request", instances } : undefined,
  disconnect: decodeDisconnect,
  find: (fields) => {
    const request = decodeRequest(fields);
    return request && { kind: "find", ...request };
  },
  change: (fields) => {
    const { user } = fields;
    const request = decodeRequest(fields);
    const change = decodeTopicChange(fields["change"]);
    if (request === undefined || change === undefined || !isOptionalName(user)) return undefined;
    return { kind: "change", ...request, user, change };
  },
  found: decodeFound,
  changed: ({ request, result }) => {
    const decoded = decodeResult(result);
    return isId(request) && decoded !== undefined ? { kind: "changed", request, result: decoded } : undefined;
  },
  "cancel-run": ({ request, instance, run, reason }) =>
    isId(request) && isId(instance) && isName(run) && isOptionalString(reason)
      ? { kind: "cancel-run", request, instance, run, reason }
      : undefined,
  "run-canceled": ({ request, state }) =>
    isId(request) && (state === undefined || isEndState(state))
      ? { kind: "run-canceled", request, state }
      : undefined,
  leave: () => ({ kind: "leave" }),
  handover: ({ heir, changes }) =>
    isId(heir) && isListOf(isPresenceChange, changes) ? { kind: "handover", heir, changes } : undefined,
};

/** A map, because an object would find `constructor` as well. */
const decoders = new Map<string, (fields: Fields, data: string | undefined) => BusMessage | undefined>(
  Object.entries(decodersByKind),
);

function decodeDisconnect({
  target,
  retry,
}: Fields): Extract<BusMessage, { kind: "disconnect" }> | undefined {
  if (!isRecord(target) || !(retry === undefined || isCount(retry))) return undefined;
  const { user, topic, connection } = target;
  if (isName(user)) return { kind: "disconnect", target: { user }, retry };
  if (isName(topic)) return { kind: "disconnect", target: { topic }, retry };
  return isName(connection) ? { kind: "disconnect", target: { connection }, retry } : undefined;
}

function decodeRequest({
  request,
  instance,
  connection,
}: Fields):
  | Pick<Extract<RemoteRequest, { kind: "find" }>, "request" | "instance" | "connection">
  | undefined {
  return isId(request) && isId(instance) && isName(connection)
    ? { request, instance, connection }
    : undefined;
}

function decodeTopicChange(value: unknown): TopicChange | undefined {
  if (!isRecord(value)) return undefined;
  const { subscribe, unsubscribe, maxTopics } = value;
  if (!isListOf(isName, subscribe) || !isListOf(isName, unsubscribe)) return undefined;
  if (maxTopics === undefined) return { subscribe, unsubscribe };
  return isCount(maxTopics) ? { subscribe, unsubscribe, maxTopics } : undefined;
}

function decodeFound({
  request,
  connection,
}: Fields): Extract<RemoteResponse, { kind: "found" }> | undefined {
  if (!isId(request)) return undefined;
  if (connection === undefined) return { kind: "found", request, connection };
  const facts = decodeFacts(connection);
  return facts && { kind: "found", request, connection: facts };
}

function decodeFacts(value: unknown): ConnectionFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { user, topics, connectedAt } = value;
  const isValid = isOptionalName(user) && isListOf(isName, topics) && isCount(connectedAt);
  return isValid ? { user, topics, connectedAt } : undefined;
}

function decodeResult(value: unknown): TopicChangeResult | undefined {
  if (!isRecord(value)) return undefined;
  const { topics, refusal } = value;
  if (refusal === "ended" || refusal === "too-many-topics") return { refusal };
  return isListOf(isName, topics) ? { topics } : undefined;
}

function isPresenceChange(value: unknown): value is PresenceChange {
  return (
    isRecord(value) &&
    isPresenceKey(value["topic"]) &&
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

function isPresenceKey(value: unknown): value is string | undefined {
  return isOptionalName(value) || (typeof value === "string" && isName(runOfKey(value)));
}

function isOptionalName(value: unknown): value is string | undefined {
  return value === undefined || isName(value);
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isEndState(value: unknown): value is EndState {
  return value === "complete" || value === "failed" || value === "cancelled" || value === "lost";
}

function isEventName(value: unknown): value is string | undefined {
  if (value === undefined) return true;
  return typeof value === "string" && !/[\r\n\0]/.test(value) && !value.startsWith(controlEventPrefix);
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9-]{1,64}$/.test(value);
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
