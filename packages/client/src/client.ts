import type { EventName, ReceivedEvent } from "./events.js";
import type { CloseInfo, Lifecycle, LifecycleListener } from "./lifecycle.js";
import type { EventSourceRequest } from "./options.js";
import type { EventSourceStats } from "./stats.js";

/** `idle`: not yet connected. `paused`: the page is hidden (see `pauseWhenHidden`). */
export type EventSourceState = "idle" | "connecting" | "open" | "reconnecting" | "paused" | "closed";

/**
 * A client of one event stream. Listeners and loops receive the events of the stream; lifecycle
 * listeners are notified of changes of the connection. An SSE event named `error` is an event.
 *
 * The first event waits for the first listener or loop, and the stream is not read on until then.
 */
export interface EventSourceClient<Events extends object> extends AsyncIterable<ReceivedEvent<Events>> {
  /** Calls the listener for each event of the name. Returns a function that removes it. */
  on<Name extends EventName<Events>>(
    name: Name,
    listener: (event: ReceivedEvent<Events, Name>) => unknown,
  ): () => void;
  /** Calls the listener for the next event of the name only. Returns a function that removes it. */
  once<Name extends EventName<Events>>(
    name: Name,
    listener: (event: ReceivedEvent<Events, Name>) => unknown,
  ): () => void;
  /**
   * Calls the listener for each event, whatever its name, after the listeners of its name. Returns
   * a function that removes it.
   */
  onAny(listener: (event: ReceivedEvent<Events>) => unknown): () => void;
  /** Calls the listener for a change of the connection. Returns a function that removes it. */
  onLifecycle<Name extends keyof Lifecycle>(name: Name, listener: LifecycleListener<Name>): () => void;
  /**
   * Returns an iterator over the events, one by one. The socket is not read while a loop works on
   * an event, so that a slow loop slows the server down and no buffer grows.
   *
   * Leaving the loop closes the client. The loop ends when the client is closed, and throws if an
   * error closed it.
   */
  [Symbol.asyncIterator](): AsyncIterator<ReceivedEvent<Events>, undefined>;
  /**
   * Connects, unless the client is connected: after `close()`, or with `autoConnect: false`. Ends a
   * wait to reconnect.
   */
  connect(): void;
  /**
   * Disconnects for good. No listener is called for an event after that, not even for a received
   * one.
   */
  close(): void;
  /** Leaves the connection, and opens another one at once, from {@link lastEventId}. */
  reconnect(): void;
  /** The state of the connection. */
  readonly state: EventSourceState;
  /** The URL of the last request. Before the first request `""` if a function returns the URL. */
  readonly url: string;
  /** The last request. */
  readonly request: EventSourceRequest | undefined;
  /**
   * The id of the last delivered event: the next connection resumes after it. An assigned id
   * applies to the next connection.
   */
  lastEventId: string;
  /** Counters since the client was created. */
  readonly stats: EventSourceStats;
  /** Resolves when the client is closed, with the reason. Never rejects. */
  readonly closed: Promise<CloseInfo>;
}
