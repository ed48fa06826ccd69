import type { Audience } from "../hooks.js";
import type { PublishedEvent, PublishOptions } from "../publish/publication.js";
import { isRecord } from "../validate.js";
import { malformed } from "./problem.js";
import { readNames, requireKnownFields } from "./read-json.js";

/** The events of a publish request, which have one audience. */
export interface Batch {
  readonly audience: Audience;
  readonly events: readonly BatchEvent[];
}

interface BatchEvent {
  readonly event: PublishedEvent;
  readonly options: PublishOptions;
}

const bodyFields = ["topics", "users", "events"];

const eventFields = ["event", "data", "ephemeral", "conflateKey"];

/**
 * Reads the body of a publish request.
 *
 * @throws {Problem} 400
 */
export function readBatch(body: unknown, maxEvents: number): Batch {
  if (!isRecord(body)) throw malformed("the body must be an object with events");
  // A misspelled audience must not become a broadcast.
  requireKnownFields(body, bodyFields, "the body");
  const { events } = body;
  if (!Array.isArray(events) || events.length === 0)
    throw malformed("events must be a list of at least one event");
  if (events.length > maxEvents)
    throw malformed(`there are ${events.length} events; a request may have ${maxEvents}`);
  return { audience: readAudience(body), events: events.map(readEvent) };
}

function readAudience(body: Record<string, unknown>): Audience {
  const topics = readNames(body["topics"], "topics");
  const users = readNames(body["users"], "users");
  if (topics.length > 0 && users.length > 0) throw malformed("set topics or users, not both");
  // An empty list may be a filter that matched nothing. It must not become a broadcast.
  const emptyList = [body["topics"], body["users"]].some((list) => Array.isArray(list) && list.length === 0);
  if (emptyList) throw malformed("topics and users must not be empty; leave both out for a broadcast");
  if (topics.length > 0) return { kind: "topics", topics };
  return users.length > 0 ? { kind: "users", users } : { kind: "everyone" };
}

function readEvent(value: unknown, index: number): BatchEvent {
  const at = `events[${index}]`;
  if (!isRecord(value)) throw malformed(`${at} must be an object`);
  requireKnownFields(value, eventFields, at);
  const { event, data, ephemeral, conflateKey } = value;
  if (data === undefined) throw malformed(`${at}.data is missing`);
  if (event !== undefined && typeof event !== "string") throw malformed(`${at}.event must be a string`);
  if (ephemeral !== undefined && typeof ephemeral !== "boolean")
    throw malformed(`${at}.ephemeral must be true or false`);
  if (conflateKey !== undefined && typeof conflateKey !== "string")
    throw malformed(`${at}.conflateKey must be a string`);
  return {
    event: { data, ...(event !== undefined && { event }) },
    options: {
      ...(ephemeral !== undefined && { ephemeral }),
      ...(conflateKey !== undefined && { conflateKey }),
    },
  };
}
