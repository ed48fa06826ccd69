import type { EventSink } from "@sse/core";

/** The open streams of each server with the plugin, by Fastify's underlying server. */
const openStreams = new WeakMap<object, Set<EventSink>>();

/** Starts to track the streams of a server. */
export function keepStreams(server: object): void {
  openStreams.set(server, new Set());
}

/** Tracks a stream until it has closed. Does nothing for a server without the plugin. */
export function keepStream(server: object, sink: EventSink): void {
  const streams = openStreams.get(server);
  if (streams === undefined) return;
  streams.add(sink);
  void sink.closed.then(() => streams.delete(sink));
}

/**
 * Ends a server's streams. A client that does not receive the rest is cut off after the close
 * timeout.
 */
export function closeStreams(server: object): void {
  for (const sink of openStreams.get(server) ?? []) sink.close();
}
