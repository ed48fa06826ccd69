import type { EventName, ReceivedEvent } from "./events.js";
import type { CloseInfo, Lifecycle, LifecycleListener } from "./lifecycle.js";
import type { EventSourceStats } from "./stats.js";
import type { EventSourceRequest } from "./transport/request.js";

/** `idle`: not yet connected. `paused`: the page is hidden (see `pauseWhenHidden`). */
export type EventSourceState = "idle" | "connecting" | "open" | "reconnecting" | "paused" | "closed";

/**
 * A client of one event stream. Events of the stream go to listeners and loops; what happens to the connection goes to
 * lifecycle listeners. An SSE event named `error` is an event.
 *
 * The first event waits for the first listener or loop, and the stream is not read on until then.
 */
export interface EventSourceClient<Events extends object> extends AsyncIterable<ReceivedEvent<Events>> {
  /** Calls the listener for each event of the name. Returns a function that removes it. */
  on<Name extends EventName<Events>>(
    name: Name,
    listener: (event: ReceivedEvent<Events, Name>) => unknown,
  ): () => void;
  /** As {@link on}, for the next event of the name only. */
  once<Name extends EventName<Events>>(
    name: Name,
    listener: (event: ReceivedEvent<Events, Name>) => unknown,
  ): () => void;
  /** Calls the listener for each event, whatever its name, after the listeners of its name. Returns a function that removes it. */
  onAny(listener: (event: ReceivedEvent<Events>) => unknown): () => void;
  /** Calls the listener when it happens to the connection. Returns a function that removes it. */
  onLifecycle<Name extends keyof Lifecycle>(name: Name, listener: LifecycleListener<Name>): () => void;
  /**
   * Takes the events one by one. The next one is taken from the stream when the loop asks for it, and the socket is not read while it
   * does not, so that a slow loop slows the server down and nothing piles up here.
   *
   * Leaving the loop closes the client. The loop ends when the client is closed, and throws if that was because of an error.
   */
  [Symbol.asyncIterator](): AsyncIterator<ReceivedEvent<Events>, undefined>;
  /** Connects, unless it is connected: after `close()`, or with `autoConnect: false`. A wait to reconnect ends at once. */
  connect(): void;
  /** Disconnects for good. No listener is called for an event after that, not even for events received already. */
  close(): void;
  /** Leaves the connection, and makes another at once, from {@link lastEventId}. */
  reconnect(): void;
  readonly state: EventSourceState;
  /** The URL asked last. Before the first request `""` if it comes from a function. */
  readonly url: string;
  /** The last request. */
  readonly request: EventSourceRequest | undefined;
  /** The id of the last event handed out: the next connection resumes after it. What is assigned counts from the next connection on. */
  lastEventId: string;
  readonly stats: EventSourceStats;
  /** Resolves when the client is closed, and tells why. Never rejects. */
  readonly closed: Promise<CloseInfo>;
}
