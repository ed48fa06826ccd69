import { createClient } from "../create-client.js";
import type { CreateEventSource } from "../create-event-source.js";
import type { AnyOptions } from "../options.js";
import { streamName } from "../resume/stream-name.js";
import { createFetchTransport } from "../transport/fetch-transport.js";
import type { PerAttempt } from "../transport/request.js";
import type { Receiver, Transport } from "../transport/transport.js";
import { createSharedTransport } from "./transport.js";

/**
 * Makes a client that shares one connection with all tabs, windows and workers of the origin that make one for the same URL: the
 * answer to the six connections that a browser opens to one HTTP/1.1 server. Otherwise it is as `createEventSource`, save that:
 *
 * - The options of the request are those of the tab that holds the connection, so all should give the same.
 * - A slow loop does not slow the server down: its events wait in its tab, while the others go on.
 * - `request` and the bytes in `stats` are known only in the tab that holds the connection.
 *
 * Where there are no Web Locks or no BroadcastChannel (also on plain `http:`, other than localhost), each tab has a connection of its own.
 */
export const createSharedEventSource: CreateEventSource = ((
  url: PerAttempt<string | URL>,
  options: AnyOptions = {},
) => {
  const name = streamName(url, options);
  return createClient(url, options, (receiver) =>
    chooseTransport(name, receiver, (owner) => createFetchTransport(url, options, owner)),
  );
}) as CreateEventSource;

/** Shares where that is possible. What the runtime has is looked at on the first connection only. */
function chooseTransport(
  name: string,
  receiver: Receiver,
  createOwn: (receiver: Receiver) => Transport,
): Transport {
  let chosen: Transport | undefined;
  function choose(): Transport {
    const { BroadcastChannel, navigator } = globalThis;
    const locks = navigator?.locks;
    if (!locks || !BroadcastChannel) return createOwn(receiver);
    return createSharedTransport(name, receiver, createOwn, { locks, BroadcastChannel });
  }
  return {
    start(signal) {
      chosen ??= choose();
      chosen.start(signal);
    },
    wake: () => chosen?.wake(),
  };
}
