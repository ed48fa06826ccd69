import { isSseError, type ParsedEvent, type SseError } from "@sse/core";
import { settle } from "./call-safely.js";
import type { EventSourceClient, EventSourceState } from "./client.js";
import { createConsumers } from "./consumers/consumers.js";
import { createDecoder } from "./consumers/decode.js";
import { createListeners } from "./consumers/listeners.js";
import { deferred } from "./deferred.js";
import { handlerFailure } from "./errors.js";
import type { CloseInfo, LifecycleListeners } from "./lifecycle.js";
import { type AnyOptions, checkOptions } from "./options.js";
import { createPosition } from "./resume/resume-point.js";
import { streamName } from "./resume/stream-name.js";
import type { EventSourceRequest, PerAttempt } from "./transport/request.js";
import type { Receiver, Transport } from "./transport/transport.js";
import { watchVisibility } from "./visibility.js";

/** Makes a client around a transport: all that lies between a connection and the application. */
export function createClient(
  url: PerAttempt<string | URL>,
  options: AnyOptions,
  createTransport: (receiver: Receiver) => Transport,
): EventSourceClient<Record<string, unknown>> {
  checkOptions(options);
  const { signal, onInvalid, pauseWhenHidden, autoConnect = true } = options;
  const stats = { attempts: 0, opened: 0, bytes: 0, events: 0, invalid: 0, ignored: 0, gaps: 0 };
  const decode = createDecoder(options);
  // What fails while a failure is told has nowhere to go but to the runtime.
  const lifecycle: LifecycleListeners = createListeners<string, never>((error) => void Promise.reject(error));
  const consumers = createConsumers(close, handlerFailed);
  const position = createPosition(options, options.storage ? streamName(url, options) : "", handlerFailed);
  const transport = createTransport({
    ...position,
    requesting(next) {
      request = next;
    },
    received(bytes) {
      stats.bytes += bytes;
    },
    async deliver(event, unwanted) {
      await consumers.ready;
      const decoded = await decode(event);
      if (unwanted.aborted) return;
      position.current = event.lastEventId;
      if (!decoded) {
        stats.ignored += 1;
      } else if (isSseError(decoded)) {
        leaveOut(decoded, event);
      } else {
        stats.events += 1;
        consumers.deliver({ ...event, ...decoded });
        await consumers.ready;
      }
    },
    leaveOut,
    emit(name, info) {
      if (name === "gap") stats.gaps += 1;
      else if (name !== "live") state = name;
      if (name === "open") stats.opened += 1;
      if (name === "connecting") stats.attempts += 1;
      else lifecycle.emit(name, info as never);
    },
    handlerFailed,
    end,
  });
  let state: EventSourceState = "idle";
  let request: EventSourceRequest | undefined;
  /** From `connect()` to `close()`; and within it, while there is or shall be a connection. */
  let life: AbortController | undefined;
  let running: AbortController | undefined;
  let closing = deferred<CloseInfo>();

  function handlerFailed(cause: unknown): void {
    const error = handlerFailure(cause);
    if (lifecycle.emit("error", error) === 0) void Promise.reject(error);
  }

  function leaveOut(error: SseError, event?: ParsedEvent): void {
    stats.invalid += 1;
    if (event && onInvalid) settle(() => onInvalid(error, event), handlerFailed);
    else lifecycle.emit("error", error);
  }

  function start(): void {
    running?.abort();
    running = new AbortController();
    state = "connecting";
    transport.start(running.signal);
  }

  function pause(): void {
    running?.abort();
    state = "paused";
  }

  function connect(): void {
    if (!life) begin();
    else if (state === "paused") start();
    else transport.wake();
  }

  function begin(): void {
    if (state === "closed") closing = deferred();
    life = new AbortController();
    start();
    signal?.addEventListener("abort", close, { signal: life.signal });
    if (signal?.aborted) close();
    else if (pauseWhenHidden) watchVisibility(pause, start, life.signal);
  }

  function close(): void {
    end();
  }

  function end(error?: SseError): void {
    if (state === "closed") return;
    state = "closed";
    running?.abort();
    life?.abort();
    life = undefined;
    const info = error ? { error } : {};
    closing.resolve(info);
    if (error) lifecycle.emit("error", error);
    lifecycle.emit("close", info);
    consumers.end(error);
  }

  if (autoConnect) Promise.resolve().then(() => state === "idle" && connect());

  return {
    on: consumers.on as EventSourceClient<Record<string, unknown>>["on"],
    once(name, listener) {
      const remove = consumers.on(name, (event) => {
        remove();
        return listener(event as never);
      });
      return remove;
    },
    onAny: (listener) => consumers.on(undefined, listener),
    onLifecycle: lifecycle.add,
    [Symbol.asyncIterator]() {
      const loop = consumers.iterate();
      if (state === "closed") consumers.end();
      return loop;
    },
    connect,
    close,
    reconnect() {
      if (life) start();
      else begin();
    },
    get state() {
      return state;
    },
    get url() {
      return request?.url ?? (typeof url === "function" ? "" : String(url));
    },
    get request() {
      return request;
    },
    get lastEventId() {
      return position.current;
    },
    set lastEventId(id) {
      position.current = id;
    },
    get stats() {
      return { ...stats };
    },
    get closed() {
      return closing.promise;
    },
  };
}
