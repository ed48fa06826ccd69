import { requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import { authorizeMissing, notAHub } from "../errors.js";
import type { Hub } from "../hub.js";
import type { FoundConnection } from "../subscription.js";
import { isRecord, throwReturned } from "../validate.js";
import { type EndpointRequest, type EndpointResponse, jsonResponse } from "./http.js";
import { malformed, Problem, respond } from "./problem.js";
import { readJson, readNames, requireKnownFields } from "./read-json.js";

/** A change of a connection's topics that a client requests. */
export interface SubscriptionChange {
  /**
   * The connection, on any instance. Its id is a secret between the client and the server; its
   * `user` says whose it is.
   */
  readonly connection: FoundConnection;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
}

/** The methods of a hub that a subscription endpoint calls. */
export type SubscriptionHub = Pick<Hub, "findConnection" | "changeTopics">;

/** Options of a subscription endpoint. */
export interface SubscriptionEndpointOptions<Request> {
  /**
   * Decides whether a request may make a change. Anything but `true` is answered with 403;
   * `throw refuse(401)` for another answer; a refusal that is returned counts as thrown.
   */
  authorize: (request: Request, change: SubscriptionChange) => boolean | Promise<boolean>;
  /** The maximum number of topics that a connection may follow afterwards. Default 1,000. */
  maxTopics?: number | undefined;
}

/** The maximum size of a request, in bytes: a thousand long names. */
const maxBodyBytes = 524_288;

/**
 * Prepares a subscription endpoint without a framework: `POST` JSON `{ connection, subscribe?,
 * unsubscribe? }`. An `EventSource` is one-way, so a page changes its topics here, and names its
 * connection by the id that it received in `sse:live`. The response is `{ topics }`, or a problem
 * (RFC 9457).
 *
 * With several instances any of them may receive the request and decides by its `authorize`.
 * Before, the one instance that the id names is asked for the connection, and no other; an id that
 * names no running instance is answered at once. The instance that has the connection makes the
 * change.
 *
 * @throws {SseError} `invalid-option` without a hub or `authorize`, for a bound out of its range,
 * or for an unknown option.
 */
export function prepareSubscriptionEndpoint<Request>(
  hub: SubscriptionHub,
  options: SubscriptionEndpointOptions<Request>,
): (request: EndpointRequest, native: Request) => Promise<EndpointResponse> {
  if (typeof hub?.changeTopics !== "function")
    throw notAHub(hub, "subscriptionEndpoint(createHub(), { authorize })");
  requireKnownKeys(options, ["authorize", "maxTopics"], "subscriptionEndpoint");
  const { authorize, ...bounds } = options ?? {};
  const maxTopics = requireAtLeast(1, "maxTopics", bounds.maxTopics ?? 1_000);
  if (typeof authorize !== "function") throw authorizeMissing("subscription", "(request, change) => boolean");
  return (request, native) =>
    respond(async () => {
      const change = await readChange(await readJson(request, maxBodyBytes), hub);
      const authorization: unknown = await authorize(native, change);
      throwReturned(authorization);
      if (authorization !== true) throw new Problem(403, "forbidden", "you may not follow these topics");
      const { connection, subscribe, unsubscribe } = change;
      const result = await hub.changeTopics(connection, { subscribe, unsubscribe, maxTopics });
      if ("topics" in result) return jsonResponse(200, { topics: result.topics });
      if (result.refusal === "ended") throw unknownConnection();
      throw new Problem(422, "too-many-topics", `a connection may follow ${maxTopics} topics`);
    });
}

async function readChange(body: unknown, hub: SubscriptionHub): Promise<SubscriptionChange> {
  if (!isRecord(body)) throw malformed("the body must be an object with a connection");
  requireKnownFields(body, ["connection", "subscribe", "unsubscribe"], "the body");
  if (typeof body["connection"] !== "string") throw malformed("connection must be the id of sse:live");
  const subscribe = readNames(body["subscribe"], "subscribe");
  const unsubscribe = readNames(body["unsubscribe"], "unsubscribe");
  const connection = await hub.findConnection(body["connection"]);
  if (connection === undefined) throw unknownConnection();
  return { connection, subscribe, unsubscribe };
}

function unknownConnection(): Problem {
  return new Problem(404, "unknown-connection", "there is no such connection; it may have ended");
}
