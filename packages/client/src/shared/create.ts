import type { CreateEventSource } from "../create.js";
import { createClient } from "../create-client.js";
import { createFetchTransport } from "../fetch-transport.js";
import type { AnyOptions } from "../options.js";
import type { PerAttempt } from "../request.js";
import { streamName } from "../stream-name.js";
import type { Receiver } from "../transport.js";
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
) =>
  createClient(url, options, (receiver) => {
    const createOwn = (owner: Receiver) => createFetchTransport(url, options, owner);
    const { BroadcastChannel, navigator } = globalThis;
    const locks = navigator?.locks;
    return locks && BroadcastChannel
      ? createSharedTransport(streamName(url, options), receiver, createOwn, { locks, BroadcastChannel })
      : createOwn(receiver);
  })) as CreateEventSource;
