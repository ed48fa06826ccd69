import type { EventSink } from "@sse/core";

/** The open streams of each server whose application has the plugin, by Fastify's underlying server. */
const openStreams = new WeakMap<object, Set<EventSink>>();

/** Begins to keep the streams of a server. */
export function keepStreams(server: object): void {
  openStreams.set(server, new Set());
}

/** Keeps a stream until it has closed. Does nothing for a server without the plugin. */
export function keepStream(server: object, sink: EventSink): void {
  const streams = openStreams.get(server);
  if (streams === undefined) return;
  streams.add(sink);
  void sink.closed.then(() => streams.delete(sink));
}

/** Ends a server's streams. Clients that do not take the rest are cut off after the close time-out of their stream. */
export function closeStreams(server: object): void {
  for (const sink of openStreams.get(server) ?? []) sink.close();
}
