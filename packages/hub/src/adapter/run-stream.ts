import { notAHub } from "../errors.js";
import type { Hub } from "../hub.js";
import { noRunNamed } from "../runs/errors.js";
import type { RunSubscription } from "../runs/read-run.js";
import { type StreamConnector, serveConnected } from "./connected-stream.js";
import type { Exchange, StreamOutcome } from "./exchange.js";
import { checkHubStreamOptions, type HubStreamHandlerOptions } from "./response-options.js";
import { serveOptions } from "./serve.js";

/** The part of a hub that `runStream` needs. */
export type RunHub = Pick<Hub, "connectRun" | "probeRun">;

/** The application's code that names the run of a request: see `runStream`. */
export type FindRunCallback = () => RunSubscription | Promise<RunSubscription>;

/**
 * Returns the part of `runStream` that all adapters share, with its options checked once.
 *
 * @param ownOptions the names of further options, which the adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function prepareRunStream(
  hub: RunHub,
  options: HubStreamHandlerOptions,
  ownOptions: readonly string[] = [],
): (exchange: Exchange, find: FindRunCallback) => StreamOutcome {
  if (typeof hub?.connectRun !== "function") throw notAHub(hub, "runStream(createHub(), find)");
  checkHubStreamOptions("runStream", options, ownOptions);
  const settings = serveOptions(options, ["GET"]);
  const connector: StreamConnector<RunSubscription> = {
    connect: (stream, subscription) => hub.connectRun(stream, subscription),
    probe: (stream, subscription) => hub.probeRun(stream, subscription),
    noSubscription: noRunNamed,
  };
  return (exchange, find) => serveConnected(exchange, settings, connector, find);
}
