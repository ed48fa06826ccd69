import { createEventSource } from "@sse/client";
import { EventSource } from "@sse/client/eventsource";
import { EventSource as PeerEventSource } from "eventsource";
import { createEventSource as createPeerSource } from "eventsource-client";

/**
 * Connects, and calls for each event. Resolves when the stream is open, to the function that closes
 * it.
 */
export type Connect = (url: string, onEvent: () => void) => Promise<() => void>;

/** Whatever has the methods of the standard. */
interface Standard {
  onopen: unknown;
  onmessage: unknown;
  close(): void;
}

function standard(make: (url: string) => Standard): Connect {
  return async (url, onEvent) => {
    const source = make(url);
    source.onmessage = onEvent;
    await new Promise<void>((resolve) => {
      source.onopen = resolve;
    });
    return () => source.close();
  };
}

/** The client libraries that are compared. */
export const libraries = {
  "@sse/client": async (url, onEvent) => {
    const source = createEventSource(url);
    source.on("message", onEvent);
    await new Promise<void>((resolve) => source.onLifecycle("open", () => resolve()));
    return () => source.close();
  },
  "@sse/client/eventsource": standard((url) => new EventSource(url)),
  eventsource: standard((url) => new PeerEventSource(url)),
  "eventsource-client": async (url, onEvent) => {
    let onOpen = (): void => {};
    const open = new Promise<void>((resolve) => {
      onOpen = resolve;
    });
    const source = createPeerSource({ url, onMessage: onEvent, onConnect: () => onOpen() });
    await open;
    return () => source.close();
  },
} satisfies Record<string, Connect>;

export type LibraryName = keyof typeof libraries;

export const libraryNames = Object.keys(libraries) as LibraryName[];
