import { createEventSource } from "@sse/client";
import { EventSource } from "@sse/client/eventsource";
import { EventSource as PeerEventSource } from "eventsource";
import { createEventSource as createPeerSource } from "eventsource-client";

/**
 * The ways to read a stream: by a listener, by a listener that parses JSON, or by a loop that
 * awaits something for each event.
 */
export const readings = ["text", "JSON", "slow loop"] as const;
export type Reading = (typeof readings)[number];

/** Connects, and calls for each event that was processed. Resolves when the stream is open. */
export type Connect = (url: string, reading: Reading, onEvent: () => void) => Promise<void>;

/** An object with the properties of the standard's class. */
interface Standard {
  onopen: unknown;
  onmessage: unknown;
}

function standard(make: (url: string) => Standard): Connect {
  return async (url, reading, onEvent) => {
    const source = make(url);
    source.onmessage = listenerOf(reading, onEvent);
    await new Promise<void>((resolve) => {
      source.onopen = resolve;
    });
  };
}

/** Returns a listener for a library that has no loops, and leaves decoding to the application. */
function listenerOf(reading: Reading, onEvent: () => void): (event: { data: string }) => void {
  if (reading === "text") return onEvent;
  if (reading === "JSON") {
    return ({ data }) => {
      JSON.parse(data);
      onEvent();
    };
  }
  // The events wait in a promise chain until the work for the one before is done.
  let done = Promise.resolve();
  return () => {
    done = done.then(work).then(onEvent);
  };
}

/** Work for an event that uses no CPU time, but has to be awaited. */
async function work(): Promise<void> {}

async function loop(events: AsyncIterable<unknown>, onEvent: () => void): Promise<void> {
  for await (const _ of events) {
    await work();
    onEvent();
  }
}

/** The client libraries that are compared. */
export const libraries = {
  "@sse/client": async (url, reading, onEvent) => {
    const source = reading === "JSON" ? createEventSource(url, { decode: "json" }) : createEventSource(url);
    if (reading === "slow loop") void loop(source, onEvent);
    else source.on("message", onEvent);
    await new Promise<void>((resolve) => source.onLifecycle("open", () => resolve()));
  },
  "@sse/client/eventsource": standard((url) => new EventSource(url)),
  eventsource: standard((url) => new PeerEventSource(url)),
  "eventsource-client": async (url, reading, onEvent) => {
    let onOpen = (): void => {};
    const open = new Promise<void>((resolve) => {
      onOpen = resolve;
    });
    const onConnect = (): void => onOpen();
    if (reading === "slow loop") void loop(createPeerSource({ url, onConnect }), onEvent);
    else createPeerSource({ url, onConnect, onMessage: listenerOf(reading, onEvent) });
    await open;
  },
} satisfies Record<string, Connect>;

export type LibraryName = keyof typeof libraries;

export const libraryNames = Object.keys(libraries) as LibraryName[];
