import type { ParsedEvent, SseError } from "@sse/core";
import type { Lifecycle } from "../lifecycle.js";
import type { EventSourceRequest } from "./request.js";

/** Where a client's events come from: a request of its own, or the tab that holds the connection for all. */
export interface Transport {
  /**
   * Begins to connect. May be called again after the signal of the last time.
   *
   * @param signal ends the connection and every wait at once; nothing more is said to the receiver.
   */
  start(signal: AbortSignal): void;
  /** Connects at once if it waits to reconnect. */
  wake(): void;
}

/** What happens to a connection. The application is told of all but the beginning of an attempt. */
export interface Happenings extends Omit<Lifecycle, "error" | "close"> {
  connecting: undefined;
}

/** What a transport tells, and asks. */
export interface Receiver {
  /** The id to resume from; `""`: none. */
  resumeFrom(): Promise<string>;
  /** The request of the attempt is about to be sent. */
  requesting(request: EventSourceRequest): void;
  /** Bytes of the stream have come. */
  received(bytes: number): void;
  /**
   * An event of the application. Resolves when the consumers are ready for the next one.
   *
   * @param signal nobody wants the event any more.
   */
  deliver(event: ParsedEvent, signal: AbortSignal): Promise<void>;
  /** An event could not be read. */
  leaveOut(error: SseError): void;
  /** The stream has come to this id, with all before it delivered. Resolves when it is stored. */
  reach(lastEventId: string): Promise<void>;
  /** Something happened to the connection. */
  emit<Name extends keyof Happenings>(name: Name, info: Happenings[Name]): void;
  /** A hook of the application failed. */
  handlerFailed(error: unknown): void;
  /** The connection is over for good. */
  end(error?: SseError): void;
}
