import type { EndInfo, ParsedEvent, SseError } from "@sse/core";
import { callSafely, isPromise } from "./call-safely.js";
import type { ClientState } from "./client-state.js";
import type { Consumers } from "./consumers/consumers.js";
import { createDecoder, type Decoded } from "./consumers/decode.js";
import { handlerFailed } from "./errors.js";
import type { LifecycleListeners } from "./lifecycle.js";
import type { AnyOptions, EventSourceRequest } from "./options.js";
import type { ResumePoint } from "./resume/resume-point.js";
import { type Counters, createCounters } from "./stats.js";
import { normalizeMethod } from "./transport/request.js";
import type { ConnectionEvents, Receiver } from "./transport/transport.js";

/** The parts of a client to which its receiver passes the reports of a transport. */
export interface ClientParts {
  readonly consumers: Consumers;
  readonly lifecycle: LifecycleListeners;
  readonly resumePoint: ResumePoint;
  /** Reports an error that does not end the connection. */
  readonly report: (error: SseError) => void;
}

/** Receives the reports of a client's transport: decodes events, delivers and counts them. */
export class ClientReceiver implements Receiver {
  /** The last request. */
  request: EventSourceRequest | undefined;
  method: string;
  readonly counters: Counters = createCounters();
  readonly resumePoint: ResumePoint;
  readonly report: (error: SseError) => void;
  /** Set before the transport starts. */
  state!: ClientState;

  readonly #options: AnyOptions;
  readonly #consumers: Consumers;
  readonly #lifecycle: LifecycleListeners;
  readonly #decode: ReturnType<typeof createDecoder>;

  constructor(options: AnyOptions, parts: ClientParts) {
    this.#options = options;
    this.#consumers = parts.consumers;
    this.#lifecycle = parts.lifecycle;
    this.resumePoint = parts.resumePoint;
    this.report = parts.report;
    this.#decode = createDecoder(options);
    this.method = normalizeMethod(options.method ?? "GET");
  }

  requestPrepared(request?: EventSourceRequest): void {
    if (request) this.request = request;
    if (this.method !== "GET") this.method = normalizeMethod(this.#options.resumeMethod ?? "");
  }

  deliver(event: ParsedEvent, unwanted: AbortSignal): PromiseLike<unknown> | undefined {
    if (unwanted.aborted) return undefined;
    const { busy } = this.#consumers;
    if (busy) return busy.then(() => this.deliver(event, unwanted));
    const decoded = this.#decode(event);
    if (!isPromise(decoded)) return this.#deliverDecoded(event, decoded, unwanted);
    return decoded.then((late) => this.#deliverDecoded(event, late, unwanted));
  }

  #deliverDecoded(event: ParsedEvent, decoded: Decoded, unwanted: AbortSignal): Promise<unknown> | undefined {
    if (unwanted.aborted) return undefined;
    const consumers = this.#consumers;
    this.resumePoint.current = event.lastEventId;
    if (!decoded) {
      this.counters.ignored += 1;
    } else if ("data" in decoded) {
      this.counters.events += 1;
      const { data } = decoded;
      consumers.deliver(data === event.data ? event : { ...event, data });
    } else {
      this.skipEvent(decoded, event);
    }
    return consumers.busy;
  }

  skipEvent(error: SseError, event?: ParsedEvent): void {
    const { onInvalid } = this.#options;
    this.counters.invalid += 1;
    if (event && onInvalid) this.#call(() => onInvalid(error, event));
    // Without a listener, the first one is reported: a stream may hold many.
    else if (!this.#lifecycle.emit("error", error) && this.counters.invalid === 1) console.error(error);
  }

  commentReceived(comment: string): void {
    this.#call(() => this.#options.onComment?.(comment));
  }

  emit<Name extends keyof ConnectionEvents>(name: Name, info: ConnectionEvents[Name]): void {
    const { counters, state } = this;
    if (name === "gap") counters.gaps += 1;
    else if (name !== "live") state.current = name as Exclude<Name, "gap" | "live">;
    if (name === "open") counters.opened += 1;
    if (name === "connecting") counters.attempts += 1;
    else this.#lifecycle.emit(name as never, info as never);
  }

  resumesByGet(): void {
    this.method = "GET";
  }

  end(error?: SseError, run?: EndInfo): void {
    this.state.end(error, run);
  }

  #call(hook: () => unknown): void {
    callSafely((cause) => this.report(handlerFailed(cause)), hook);
  }
}
