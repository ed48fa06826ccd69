import type { EndInfo, ParsedEvent, SseError } from "@sse/core";
import type { Lifecycle } from "../lifecycle.js";
import type { EventSourceRequest } from "../options.js";
import type { ResumePoint } from "../resume/resume-point.js";
import type { Counters } from "../stats.js";

/**
 * The source of a client's events: its own requests, or the tab that holds the connection for all.
 */
export interface Transport {
  /**
   * Starts to connect. May be called again after the signal of the last call has aborted.
   *
   * @param signal ends the connection and every wait at once; the receiver is not called after
   * that.
   */
  start(signal: AbortSignal): void;
  /** Connects at once if the transport waits to reconnect. */
  wake(): void;
}

/** The changes of a connection. The application is notified of all but the start of an attempt. */
export interface ConnectionEvents extends Omit<Lifecycle, "error" | "close"> {
  connecting: undefined;
}

/**
 * Receives everything that a transport reports. It is the one way from a connection to the
 * application.
 */
export interface Receiver {
  /**
   * The method of the next request. `""`: a request may have reached the server, and must not be
   * repeated.
   */
  readonly method: string;
  /** The point from which the stream resumes. */
  readonly resumePoint: Pick<ResumePoint, "resumeFrom" | "commit">;
  /** Counts the bytes of the stream. */
  readonly counters: Pick<Counters, "bytes">;
  /** Called with a request before it is sent; without one, when another tab sends it. */
  requestPrepared(request?: EventSourceRequest): void;
  /**
   * Delivers an event of the application. Never rejects.
   *
   * @param signal aborts when the event is no longer wanted.
   * @returns a promise that resolves when the consumers are ready for the next event; `undefined`:
   *   now.
   */
  deliver(event: ParsedEvent, signal: AbortSignal): PromiseLike<unknown> | undefined;
  /** Called for a comment of the stream, if the option `onComment` is set. */
  commentReceived(comment: string): void;
  /** Called for an event that cannot be read. */
  skipEvent(error: SseError): void;
  /** Called for a change of the connection. */
  emit<Name extends keyof ConnectionEvents>(name: Name, info: ConnectionEvents[Name]): void;
  /** Called for an error that does not end the connection. */
  readonly report: (error: SseError) => void;
  /** Called when later requests are sent to another URL: with GET, so that they may be repeated. */
  resumesByGet(): void;
  /** Called when the connection has ended for good, with the end of a run if there was one. */
  end(error?: SseError, run?: EndInfo): void;
}
