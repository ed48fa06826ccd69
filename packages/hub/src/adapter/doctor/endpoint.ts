import { type EventStream, refuse } from "@sse/core";
import { type DoctorHello, doctorEvents, systemTimers } from "@sse/core/internal";
import { prepareEventStream } from "../event-stream.js";
import type { Exchange, StreamOutcome } from "../exchange.js";
import { streamHeaders } from "../response-headers.js";
import { Departures } from "./departures.js";
import { type DoctorEndpointOptions, doctorSettings } from "./options.js";
import { DoctorScript } from "./script.js";

/**
 * Returns the part of `doctorEndpoint` that all adapters share, with its options checked once. The
 * endpoint sends streams whose content and timing are known, so that the `doctor` program of
 * `@sse/client` sees what everything between it and the application does to them.
 *
 * A stream lasts ten minutes at most. It shows to a client nothing but its own request.
 *
 * @param ownOptions the names of further options, which the adapter itself has.
 * @throws {SseError} `invalid-option`.
 */
export function prepareDoctorEndpoint(
  options: DoctorEndpointOptions = {},
  ownOptions: readonly string[] = [],
): (exchange: Exchange) => StreamOutcome {
  const { headers, maxStreams } = doctorSettings(options, ownOptions);
  const serve = prepareEventStream({ headers, methods: ["GET"], heartbeat: 0 });
  const script = new DoctorScript(systemTimers, new Departures());
  const cacheControl = String(streamHeaders(headers)["cache-control"]);
  let open = 0;
  return (exchange) =>
    serve(exchange, async (stream) => {
      if (open >= maxStreams) throw refuse(503, { headers: { "Retry-After": "5" } });
      open += 1;
      try {
        await send(stream, exchange, cacheControl, script);
      } finally {
        open -= 1;
      }
    });
}

async function send(
  stream: EventStream,
  exchange: Exchange,
  cacheControl: string,
  script: DoctorScript,
): Promise<void> {
  const { httpVersion, via, lastEventId, url } = exchange;
  const name = crypto.randomUUID();
  const hello: DoctorHello = {
    stream: name,
    received: { httpVersion, via: via?.slice(0, 200), lastEventId: lastEventId.slice(0, 200) },
    cacheControl,
  };
  await stream.send({ event: doctorEvents.hello, data: hello });
  const query = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  await script.run({ stream, name, lastEventId, query });
}
