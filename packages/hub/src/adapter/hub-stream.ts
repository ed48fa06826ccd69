import { noSubscription, notAHub } from "../errors.js";
import type { Hub } from "../hub.js";
import type { Subscription } from "../subscription.js";
import { type StreamConnector, serveConnected } from "./connected-stream.js";
import type { Exchange, StreamOutcome } from "./exchange.js";
import { checkHubStreamOptions, type HubStreamHandlerOptions } from "./response-options.js";
import { serveOptions } from "./serve.js";

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
  checkHubStreamOptions("hubStream", options, ownOptions);
  const settings = serveOptions(options, ["GET"]);
  const connector: StreamConnector<Subscription> = {
    connect: (stream, subscription) => hub.connect(stream, subscription),
    probe: (stream, subscription) => hub.probe(stream, subscription),
    noSubscription,
  };
  return (exchange, subscribe) => serveConnected(exchange, settings, connector, subscribe);
}
