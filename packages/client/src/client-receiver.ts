import type { ParsedEvent, SseError } from "@sse/core";
import { callSafely, isPromise } from "./call-safely.js";
import type { ClientState } from "./client-state.js";
import type { Consumers } from "./consumers/consumers.js";
import { createDecoder, type Decoded } from "./consumers/decode.js";
import type { LifecycleListeners } from "./lifecycle.js";
import type { AnyOptions, EventSourceRequest } from "./options.js";
import type { ResumePoint } from "./resume/resume-point.js";
import { type Counters, createCounters } from "./stats.js";
import type { ConnectionEvents, Receiver } from "./transport/transport.js";

/** The parts of a client to which its receiver passes the reports of a transport. */
export interface ClientParts {
  readonly consumers: Consumers;
  readonly lifecycle: LifecycleListeners;
  readonly resumePoint: ResumePoint;
  /** Reports an error that a function of the application threw. */
  readonly onError: (error: unknown) => void;
}

/** Receives the reports of a client's transport: decodes events, delivers and counts them. */
export class ClientReceiver implements Receiver {
  /** The last request. */
  request: EventSourceRequest | undefined;
  readonly counters: Counters = createCounters();
  /** Set before the transport starts. */
  state!: ClientState;

  readonly #options: AnyOptions;
  readonly #parts: ClientParts;
  readonly #decode: ReturnType<typeof createDecoder>;

  constructor(options: AnyOptions, parts: ClientParts) {
    this.#options = options;
    this.#parts = parts;
    this.#decode = createDecoder(options);
  }

  resumeFrom(): Promise<string> {
    return this.#parts.resumePoint.resumeFrom();
  }

  commit(lastEventId?: string): Promise<unknown> | undefined {
    return this.#parts.resumePoint.commit(lastEventId);
  }

  requestPrepared(request: EventSourceRequest): void {
    this.request = request;
  }

  bytesReceived(bytes: number): void {
    this.counters.bytes += bytes;
  }

  deliver(event: ParsedEvent, unwanted: AbortSignal): PromiseLike<unknown> | undefined {
    if (unwanted.aborted) return undefined;
    const { busy } = this.#parts.consumers;
    if (busy) return busy.then(() => this.deliver(event, unwanted));
    const decoded = this.#decode(event);
    if (!isPromise(decoded)) return this.#deliverDecoded(event, decoded);
    return decoded.then((late) => (unwanted.aborted ? undefined : this.#deliverDecoded(event, late)));
  }

  #deliverDecoded(event: ParsedEvent, decoded: Decoded): Promise<unknown> | undefined {
    const { consumers, resumePoint } = this.#parts;
    resumePoint.current = event.lastEventId;
    if (!decoded) {
      this.counters.ignored += 1;
    } else if ("data" in decoded) {
      this.counters.events += 1;
      consumers.deliver({ ...event, data: decoded.data });
    } else {
      this.skipEvent(decoded, event);
    }
    return consumers.busy;
  }

  skipEvent(error: SseError, event?: ParsedEvent): void {
    const { onInvalid } = this.#options;
    this.counters.invalid += 1;
    if (event && onInvalid) callSafely(this.#parts.onError, () => onInvalid(error, event));
    else this.#parts.lifecycle.emit("error", error);
  }

  emit<Name extends keyof ConnectionEvents>(name: Name, info: ConnectionEvents[Name]): void {
    const { counters, state } = this;
    if (name === "gap") counters.gaps += 1;
    else if (name !== "live") state.current = name as Exclude<Name, "gap" | "live">;
    if (name === "open") counters.opened += 1;
    if (name === "connecting") counters.attempts += 1;
    else this.#parts.lifecycle.emit(name as never, info as never);
  }

  handlerError(error: unknown): void {
    this.#parts.onError(error);
  }

  end(error?: SseError): void {
    this.state.end(error);
  }
}
