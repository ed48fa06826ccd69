import type { EndInfo, GapInfo, LiveInfo, SseError } from "@sse/core";

/** The changes of a connection, as opposed to the events of the stream. */
export interface Lifecycle {
  /** The server answered with an event stream. */
  open: OpenInfo;
  /** A hub has sent every missed event: the events that follow are live. */
  live: LiveInfo;
  /** The connection is lost; another attempt follows. */
  reconnecting: ReconnectInfo;
  /** A hub no longer holds some of the events after the last received one. */
  gap: GapInfo;
  /**
   * The connection failed for good (`close` follows), an event was skipped (`too-large`,
   * `invalid-event`), or a listener, a hook or the storage of the application failed
   * (`handler-failed`).
   */
  error: SseError;
  /** The client is closed, until `connect()` is called. */
  close: CloseInfo;
}

/** The names of all changes, as a form. */
export const lifecycleForm = '"open" or "live" or "reconnecting" or "gap" or "error" or "close"';

/** See {@link Lifecycle.open}. */
export interface OpenInfo {
  /** The URL of the response, after redirects. */
  readonly url: string;
  readonly status: number;
}

/** See {@link Lifecycle.reconnecting}. */
export interface ReconnectInfo {
  /** 1 for the first attempt after a stable connection. */
  readonly attempt: number;
  /** Milliseconds until the attempt. */
  readonly delay: number;
  /** The reason why the connection was lost. */
  readonly error: SseError;
}

/** See {@link Lifecycle.close}. */
export interface CloseInfo {
  /**
   * The error that closed the client. Absent when the application closed it, the run has ended, the
   * server answered 204, or the stream of a request that is not repeated has ended.
   */
  readonly error?: SseError;
  /** The end of the run that was read, as the server sent it in `sse:end`. */
  readonly end?: EndInfo;
}

/** The key of {@link Closing}, which all copies of the package share. */
export const closing: unique symbol = Symbol.for("@sse/client closing") as never;

/** The member of a client that is not documented. */
export interface Closing {
  /**
   * As `closed`, but reading it does not count as hearing the error, which is then written to the
   * console if nothing else hears it.
   */
  readonly [closing]?: Promise<CloseInfo>;
}

/** Called for a change of the connection. */
export type LifecycleListener<Name extends keyof Lifecycle> = (info: Lifecycle[Name]) => unknown;

/** The lifecycle listeners of one client. */
export interface LifecycleListeners {
  /** Adds a listener, and returns a function that removes it. */
  add<Name extends keyof Lifecycle>(name: Name, listener: LifecycleListener<Name>): () => void;
  /** Calls the listeners of the name, and returns their number. */
  emit<Name extends keyof Lifecycle>(name: Name, info: Lifecycle[Name]): number;
}
