import { createClient } from "../create-client.js";
import type { CreateEventSource } from "../create-event-source.js";
import type { AnyOptions, EventSourceOptions, PerAttempt } from "../options.js";
import { streamName } from "../resume/stream-name.js";
import { FetchTransport } from "../transport/fetch-transport.js";
import type { Receiver, Transport } from "../transport/transport.js";
import { SharedTransport } from "./transport.js";

/**
 * Creates a client that shares one connection with all tabs, windows and workers of the origin that
 * create one for the same URL: a browser opens only six connections to one HTTP/1.1 server. It
 * differs from `createEventSource` in this:
 *
 * - The options of the request are those of the tab that holds the connection, so all tabs should
 *   give the same.
 * - A slow loop does not slow the server down: its events wait in its tab, and the other tabs go
 *   on. Beyond 16 Mi characters the events that wait are dropped, and `gap` is emitted.
 * - `request` and the bytes in `stats` are set only in the tab that holds the connection.
 *
 * Without Web Locks or BroadcastChannel (also on plain `http:`, other than localhost), each tab has
 * a connection of its own.
 */
export const createSharedEventSource: CreateEventSource = ((
  url: PerAttempt<string | URL>,
  options: AnyOptions = {},
) =>
  createClient(url, options, (receiver) =>
    chooseTransport(
      streamName(url, options),
      receiver,
      (owner) => new FetchTransport(url, options, owner),
      options,
    ),
  )) as CreateEventSource;

/** Shares a connection where the runtime allows it, which is looked up on the first connection. */
function chooseTransport(
  name: string,
  receiver: Receiver,
  createOwn: (receiver: Receiver) => Transport,
  options: EventSourceOptions,
): Transport {
  let chosen: Transport | undefined;
  function choose(): Transport {
    const { BroadcastChannel, navigator } = globalThis;
    const locks = navigator?.locks;
    if (!locks || !BroadcastChannel) return createOwn(receiver);
    return new SharedTransport(name, receiver, createOwn, { locks, BroadcastChannel }, options);
  }
  return {
    start(signal) {
      chosen ??= choose();
      chosen.start(signal);
    },
    wake: () => chosen?.wake(),
  };
}
