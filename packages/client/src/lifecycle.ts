import type { GapInfo, LiveInfo, SseError } from "@sse/core";

/** What happens to the connection, as opposed to what the server sends. */
export interface Lifecycle {
  /** The server answered with an event stream. */
  open: OpenInfo;
  /** Our hub says that everything missed has been sent: what follows is live. */
  live: LiveInfo;
  /** The connection is lost; another attempt follows. */
  reconnecting: ReconnectInfo;
  /** Our hub no longer holds some events that would have followed the last one received. */
  gap: GapInfo;
  /**
   * Something failed: the connection for good (`close` follows), an event that was left out (`too-large`, `invalid-event`), or a
   * listener, a hook or the storage of the application (`handler-failed`).
   */
  error: SseError;
  /** Closed for good, until `connect()` is called. */
  close: CloseInfo;
}

/** See {@link Lifecycle.open}. */
export interface OpenInfo {
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly status: number;
}

/** See {@link Lifecycle.reconnecting}. */
export interface ReconnectInfo {
  /** 1 for the first attempt after a stable connection. */
  readonly attempt: number;
  /** Milliseconds until the attempt. */
  readonly delay: number;
  /** Why the connection was lost. */
  readonly error: SseError;
}

/** See {@link Lifecycle.close}. */
export interface CloseInfo {
  /** What ended it. Absent when the application closed it, the server said 204, or a request that is not repeated came to its end. */
  readonly error?: SseError;
}

/** Called on a lifecycle event. */
export type LifecycleListener<Name extends keyof Lifecycle> = (info: Lifecycle[Name]) => unknown;

/** The listeners of one client: each name has its own kind of news. */
export interface LifecycleListeners {
  add<Name extends keyof Lifecycle>(name: Name, listener: LifecycleListener<Name>): () => void;
  /** Calls the listeners of the name, and says how many there were. */
  emit<Name extends keyof Lifecycle>(name: Name, info: Lifecycle[Name]): number;
}
