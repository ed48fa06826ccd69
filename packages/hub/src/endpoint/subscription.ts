import { requireAtLeast } from "@sse/core/internal";
import type { Hub } from "../hub.js";
import type { FoundConnection } from "../subscription.js";
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

/** A change of a connection's topics that a client asks for. */
export interface SubscriptionChange {
  /** The connection, on whichever instance it is. Its id is a secret between it and the server; whose it is its `user` tells. */
  readonly connection: FoundConnection;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
}

/** What a subscription endpoint needs of a hub. */
export type SubscriptionHub = Pick<Hub, "findConnection" | "changeTopics">;

/** Options of a subscription endpoint. */
export interface SubscriptionEndpointOptions<Request> {
  /** Decides whether a request may make a change. Anything but `true` is answered with 403; `throw refuse(401)` for another answer. */
  authorize: (request: Request, change: SubscriptionChange) => boolean | Promise<boolean>;
  /** Most topics that a connection may follow afterwards. Default 1,000. */
  maxTopics?: number;
}

/** Most bytes of a request: a thousand long names. */
const maxBodyBytes = 524_288;

/**
 * The subscription endpoint without a framework: `POST` JSON `{ connection, subscribe?, unsubscribe? }`. An `EventSource` is one-way, so a page changes
 * its topics here, naming its connection by the id that came in `sse:live`. Answers `{ topics }`, or a problem (RFC 9457).
 * With several instances any of them may be asked: it is `authorize` on that one which decides, and the instance that has the connection which makes the change.
 *
 * @throws {SseError} `invalid-option` without `authorize`, or for a bound out of its range.
 */
export function prepareSubscriptionEndpoint<Request>(
  hub: SubscriptionHub,
  { authorize, maxTopics: topicLimit = 1_000 }: SubscriptionEndpointOptions<Request>,
): (request: EndpointRequest, native: Request) => Promise<EndpointAnswer> {
  const maxTopics = requireAtLeast(1, "maxTopics", topicLimit);
  requireAuthorize(authorize, "a subscription endpoint needs authorize: (request, change) => boolean");
  return (request, native) =>
    answering(async () => {
      const change = await changeFrom(await readJson(request, maxBodyBytes), hub);
      if ((await authorize(native, change)) !== true)
        throw new Problem(403, "forbidden", "you may not follow these topics");
      const { connection, subscribe, unsubscribe } = change;
      const result = await hub.changeTopics(connection, { subscribe, unsubscribe, maxTopics });
      if ("topics" in result) return jsonAnswer(200, { topics: result.topics });
      if (result.refusal === "ended") throw unknownConnection();
      throw new Problem(422, "too-many-topics", `a connection may follow ${maxTopics} topics`);
    });
}

async function changeFrom(body: unknown, hub: SubscriptionHub): Promise<SubscriptionChange> {
  if (!isRecord(body) || typeof body.connection !== "string")
    throw malformed("connection must be the id that came in sse:live");
  const subscribe = namesIn(body.subscribe, "subscribe");
  const unsubscribe = namesIn(body.unsubscribe, "unsubscribe");
  const connection = await hub.findConnection(body.connection);
  if (connection === undefined) throw unknownConnection();
  return { connection, subscribe, unsubscribe };
}

function unknownConnection(): Problem {
  return new Problem(404, "unknown-connection", "there is no such connection; it may have ended");
}
