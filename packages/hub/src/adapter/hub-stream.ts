import { EventStream } from "@sse/core";
import { noSubscription, notAHub } from "../errors.js";
import type { Hub } from "../hub.js";
import type { Subscription } from "../subscription.js";
import { throwReturned } from "../validate.js";
import type { Exchange, StreamOutcome } from "./exchange.js";
import { checkHubStreamOptions, type HubStreamHandlerOptions } from "./response-options.js";
import { isPromise, serve, withMethods } from "./serve.js";

/** The application's code that decides what a client may follow: see `hubStream`. */
export type SubscribeCallback = () => Subscription | Promise<Subscription>;

/**
 * Returns the part of `hubStream` that all adapters share, with its options checked once.
 *
 * @param ownOptions the names of further options, which the adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function prepareHubStream(
  hub: Pick<Hub, "connect" | "probe">,
  options: HubStreamHandlerOptions,
  ownOptions: readonly string[] = [],
): (exchange: Exchange, subscribe: SubscribeCallback) => StreamOutcome {
  if (typeof hub?.connect !== "function") throw notAHub(hub, "hubStream(createHub())");
  checkHubStreamOptions(options, ownOptions);
  const settings = withMethods(options, ["GET"]);
  return (exchange, subscribe) =>
    serve(exchange, settings, async (sink) => {
      const subscribed = subscribe();
      // Without a wait where there is none, so that `serve` finds the stream started.
      const subscription = isPromise(subscribed) ? await subscribed : subscribed;
      if (sink.over) return;
      throwReturned(subscription);
      if (typeof subscription !== "object" || subscription === null) throw noSubscription();
      const { lastEventId } = exchange;
      const stream = new EventStream(sink, { lastEventId, heartbeat: 0 });
      // Not before this: a hub that refuses responds in place of the stream.
      if (exchange.method !== "HEAD") return hub.connect(stream, subscription).opened;
      // Only the head is wanted, so no connection is made.
      await hub.probe(stream, subscription);
      stream.close();
    });
}
