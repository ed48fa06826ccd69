import { requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import { authorizeMissing, badPublisher, notAHub } from "../errors.js";
import type { Audience } from "../hooks.js";
import type { PublishedEvent, PublishOptions } from "../publish/publication.js";
import { isName, throwReturned } from "../validate.js";
import { type EndpointRequest, type EndpointResponse, jsonResponse } from "./http.js";
import { malformed, Problem, respond } from "./problem.js";
import { type Batch, readBatch } from "./publish-batch.js";
import { readJson } from "./read-json.js";

/**
 * The decision of `authorize`: whether the request may publish, and, for idempotency keys, as which
 * publisher (1 to 256 characters).
 */
export type PublishAuthorization = boolean | { readonly publisher: string };

/** Options of a publish endpoint. */
export interface PublishEndpointOptions<Request> {
  /**
   * Decides whether a request may publish to an audience: all of its topics, or all of its users,
   * or everyone. Anything but `true` or a publisher is answered with 403; `throw refuse(401)` for
   * another answer; a refusal that is returned counts as thrown. Idempotency keys of different
   * publishers never meet; those of `true` share one scope.
   */
  authorize: (request: Request, audience: Audience) => PublishAuthorization | Promise<PublishAuthorization>;
  /** The maximum size of a request body, in bytes. Default 1,048,576. */
  maxBodyBytes?: number | undefined;
  /** The maximum number of events in a request. Default 100. */
  maxEvents?: number | undefined;
}

/**
 * The methods of a hub that a publish endpoint calls. Event types are checked by the hub's schemas.
 */
export interface PublishHub {
  broadcast(event: PublishedEvent, options?: PublishOptions): Promise<string>;
  publish(topics: readonly string[], event: PublishedEvent, options?: PublishOptions): Promise<string>;
  sendTo(users: readonly string[], event: PublishedEvent, options?: PublishOptions): Promise<string>;
  validate(event: PublishedEvent, options?: PublishOptions, audience?: Audience): Promise<void>;
}

/** The maximum length of an `Idempotency-Key`, in characters. */
const maxKeyLength = 256;

/**
 * Prepares a publish endpoint without a framework: `POST` JSON `{ topics?, users?, events: [{
 * event?, data, ephemeral?, conflateKey? }] }`; with neither topics nor users it is a broadcast.
 * The response is `{ ids }`, or a problem (RFC 9457). Before `authorize` the headers are checked
 * and the body, whose size is bounded, is read; afterwards all events are checked before the first
 * one is published.
 *
 * A request with an `Idempotency-Key` that is repeated is answered with the same ids, and publishes
 * only what the first one did not.
 *
 * @throws {SseError} `invalid-option` without a hub or `authorize`, for a bound out of its range,
 * or for an unknown option.
 */
export function preparePublishEndpoint<Request>(
  hub: PublishHub,
  options: PublishEndpointOptions<Request>,
): (request: EndpointRequest, native: Request) => Promise<EndpointResponse> {
  if (typeof hub?.publish !== "function") throw notAHub(hub, "publishEndpoint(createHub(), { authorize })");
  requireKnownKeys(options, ["authorize", "maxBodyBytes", "maxEvents"], "publishEndpoint");
  const { authorize, ...bounds } = options ?? {};
  const maxBodyBytes = requireAtLeast(1, "maxBodyBytes", bounds.maxBodyBytes ?? 1_048_576);
  const maxEvents = requireAtLeast(1, "maxEvents", bounds.maxEvents ?? 100);
  if (typeof authorize !== "function") throw authorizeMissing("publish", "(request, audience) => boolean");
  return (request, native) =>
    respond(async () => {
      const key = readIdempotencyKey(request);
      const batch = readBatch(await readJson(request, maxBodyBytes), maxEvents);
      const scope = scopeOf(await authorize(native, batch.audience));
      if (key !== undefined) requireNoEphemeral(batch);
      for (const { event, options: own } of batch.events) await hub.validate(event, own, batch.audience);
      return jsonResponse(200, { ids: await publishAll(hub, batch, key && `${scope}/${key}`) });
    });
}

async function publishAll(
  hub: PublishHub,
  { audience, events }: Batch,
  key: string | undefined,
): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, { event, options }] of events.entries()) {
    const idempotencyKey = key === undefined ? {} : { idempotencyKey: `${key}/${index}` };
    ids.push(await publishTo(hub, audience, event, { ...options, ...idempotencyKey }));
  }
  return ids;
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

/**
 * Returns the scope of idempotency keys. It is escaped, so that a publisher cannot reach another's.
 *
 * @throws {Problem} 403, or the refusal that `authorize` returned.
 */
function scopeOf(authorization: PublishAuthorization): string {
  throwReturned(authorization);
  if (authorization === true) return "";
  // An object without it, such as an account, is no permission.
  if (typeof authorization !== "object" || typeof authorization?.publisher !== "string")
    throw new Problem(403, "forbidden", "you may not publish to this audience");
  if (!isName(authorization.publisher)) throw badPublisher();
  return encodeURIComponent(authorization.publisher);
}

function readIdempotencyKey(request: EndpointRequest): string | undefined {
  const key = request.header("idempotency-key");
  if (key === "" || (key !== undefined && key.length > maxKeyLength))
    throw malformed(`Idempotency-Key must have 1 to ${maxKeyLength} characters`);
  return key;
}

function requireNoEphemeral({ events }: Batch): void {
  if (!events.some(({ options }) => options.ephemeral)) return;
  throw new Problem(
    422,
    "ephemeral",
    "ephemeral events are not kept, so an Idempotency-Key cannot cover them; send them without",
  );
}
