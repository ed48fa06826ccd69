import { requireAtLeast } from "@sse/core/internal";
import type { Audience } from "../hooks.js";
import type { PublishedEvent, PublishOptions } from "../publish/publication.js";
import {
  answering,
  type EndpointAnswer,
  type EndpointRequest,
  isRecord,
  jsonAnswer,
  malformed,
  namesIn,
  Problem,
  readJson,
  requireAuthorize,
} from "./problem.js";

/** What `authorize` answers: whether the request may publish, and, for idempotency keys, in whose name. */
export type PublishAuthorization = boolean | { readonly publisher: string };

/** Options of a publish endpoint. */
export interface PublishEndpointOptions<Request> {
  /**
   * Decides whether a request may publish to an audience: all of its topics, or all of its users, or everyone. Anything but `true` or a publisher is answered with 403;
   * `throw refuse(401)` for another answer. Idempotency keys of different publishers never meet; those of `true` share one scope.
   */
  authorize: (request: Request, audience: Audience) => PublishAuthorization | Promise<PublishAuthorization>;
  /** Most bytes of a request body. Default 1,048,576. */
  maxBodyBytes?: number;
  /** Most events in a request. Default 100. */
  maxEvents?: number;
}

/** What a publish endpoint needs of a hub, whatever its event types: they are checked by its schemas as the requests come. */
export interface PublishHub {
  broadcast(event: PublishedEvent, options?: PublishOptions): Promise<string>;
  publish(topics: readonly string[], event: PublishedEvent, options?: PublishOptions): Promise<string>;
  sendTo(users: readonly string[], event: PublishedEvent, options?: PublishOptions): Promise<string>;
  validate(event: PublishedEvent): Promise<void>;
}

interface Batch {
  readonly audience: Audience;
  readonly events: readonly BatchEvent[];
}

interface BatchEvent {
  readonly event: PublishedEvent;
  readonly options: PublishOptions;
}

/**
 * The publish endpoint without a framework: `POST` JSON `{ topics?, users?, events: [{ event?, data, ephemeral?, conflateKey? }] }`; with neither topics nor
 * users it is a broadcast. Answers `{ ids }`, or a problem (RFC 9457). All events are checked before the first one is published.
 *
 * A request with an `Idempotency-Key` that is repeated is answered with the same ids, and publishes only what the first one did not get to.
 *
 * @throws {SseError} `invalid-option` without `authorize`, or for a bound out of its range.
 */
export function preparePublishEndpoint<Request>(
  hub: PublishHub,
  options: PublishEndpointOptions<Request>,
): (request: EndpointRequest, native: Request) => Promise<EndpointAnswer> {
  const maxBodyBytes = requireAtLeast(1, "maxBodyBytes", options.maxBodyBytes ?? 1_048_576);
  const maxEvents = requireAtLeast(1, "maxEvents", options.maxEvents ?? 100);
  const { authorize } = options;
  requireAuthorize(authorize, "a publish endpoint needs authorize: (request, audience) => boolean");
  return (request, native) =>
    answering(async () => {
      const batch = batchFrom(await readJson(request, maxBodyBytes), maxEvents);
      const scope = scopeOf(await authorize(native, batch.audience));
      const key = idempotencyKeyOf(request, batch);
      for (const { event } of batch.events) await hub.validate(event);
      const ids: string[] = [];
      for (const [index, { event, options }] of batch.events.entries()) {
        const idempotencyKey = key === undefined ? {} : { idempotencyKey: `${scope}/${key}/${index}` };
        ids.push(await publishTo(hub, batch.audience, event, { ...options, ...idempotencyKey }));
      }
      return jsonAnswer(200, { ids });
    });
}

function publishTo(
  hub: PublishHub,
  audience: Audience,
  event: PublishedEvent,
  options: PublishOptions,
): Promise<string> {
  switch (audience.kind) {
    case "everyone":
      return hub.broadcast(event, options);
    case "topics":
      return hub.publish(audience.topics, event, options);
    case "users":
      return hub.sendTo(audience.users, event, options);
  }
}

function batchFrom(body: unknown, maxEvents: number): Batch {
  if (!isRecord(body)) throw malformed("the body must be an object with events");
  const { events } = body;
  if (!Array.isArray(events) || events.length === 0)
    throw malformed("events must be a list of at least one event");
  if (events.length > maxEvents)
    throw malformed(`there are ${events.length} events; at most ${maxEvents} are taken at a time`);
  return { audience: audienceFrom(body), events: events.map(eventFrom) };
}

function audienceFrom(body: Record<string, unknown>): Audience {
  const topics = namesIn(body.topics, "topics");
  const users = namesIn(body.users, "users");
  if (topics.length > 0 && users.length > 0) throw malformed("give topics or users, not both");
  // An empty list is somebody's filter that matched nothing. It must not become a broadcast.
  const emptyList = [body.topics, body.users].some((list) => Array.isArray(list) && list.length === 0);
  if (emptyList) throw malformed("topics and users must not be empty; leave both out for a broadcast");
  if (topics.length > 0) return { kind: "topics", topics };
  return users.length > 0 ? { kind: "users", users } : { kind: "everyone" };
}

function eventFrom(value: unknown, index: number): BatchEvent {
  const at = `events[${index}]`;
  if (!isRecord(value)) throw malformed(`${at} must be an object`);
  const { event, data, ephemeral, conflateKey } = value;
  const unknown = Object.keys(value).find(
    (key) => !["event", "data", "ephemeral", "conflateKey"].includes(key),
  );
  if (unknown !== undefined) throw malformed(`${at}.${unknown.slice(0, 64)} is not a field of an event`);
  if (data === undefined) throw malformed(`${at}.data is missing`);
  if (event !== undefined && typeof event !== "string") throw malformed(`${at}.event must be a text`);
  if (ephemeral !== undefined && typeof ephemeral !== "boolean")
    throw malformed(`${at}.ephemeral must be true or false`);
  if (conflateKey !== undefined && typeof conflateKey !== "string")
    throw malformed(`${at}.conflateKey must be a text`);
  return {
    event: { data, ...(event !== undefined && { event }) },
    options: {
      ...(ephemeral !== undefined && { ephemeral }),
      ...(conflateKey !== undefined && { conflateKey }),
    },
  };
}

/** @throws {Problem} 403 */
function scopeOf(authorization: PublishAuthorization): string {
  if (authorization === true) return "";
  // A record without it, such as somebody's account, is no permission.
  if (typeof authorization === "object" && typeof authorization?.publisher === "string")
    return encodeURIComponent(authorization.publisher);
  throw new Problem(403, "forbidden", "you may not publish to this audience");
}

function idempotencyKeyOf(request: EndpointRequest, { events }: Batch): string | undefined {
  const key = request.header("idempotency-key");
  if (key === undefined) return undefined;
  if (key === "" || key.length > 256) throw malformed("Idempotency-Key must have 1 to 256 characters");
  if (events.some(({ options }) => options.ephemeral)) {
    throw new Problem(
      422,
      "ephemeral",
      "ephemeral events are not kept, so an Idempotency-Key cannot cover them; send them without",
    );
  }
  return key;
}
