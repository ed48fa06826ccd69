import { type ParsedEvent, SseError } from "@sse/core";
import type { EventSourceClient, EventSourceState } from "./client.js";
import { createConsumers } from "./consumers.js";
import { createDecoder } from "./decode.js";
import { deferred } from "./deferred.js";
import { failure } from "./failure.js";
import type { CloseInfo, Lifecycle } from "./lifecycle.js";
import { createListeners } from "./listeners.js";
import { type AnyOptions, checkOptions } from "./options.js";
import { createPosition } from "./position.js";
import type { EventSourceRequest, PerAttempt } from "./request.js";
import { settle } from "./settle.js";
import { streamName } from "./stream-name.js";
import type { Receiver, Transport } from "./transport.js";
import { watchVisibility } from "./visibility.js";

/** Makes a client around a transport: all that lies between a connection and the application. */
export function createClient(
  url: PerAttempt<string | URL>,
  options: AnyOptions,
  createTransport: (receiver: Receiver) => Transport,
): EventSourceClient<Record<string, unknown>> {
  checkOptions(options);
  const { signal, onInvalid, pauseWhenHidden, autoConnect = true } = options;
  const fixedUrl = typeof url === "function" ? "" : String(url);
  const stats = { attempts: 0, opened: 0, bytes: 0, events: 0, invalid: 0, ignored: 0, gaps: 0 };
  const decode = createDecoder(options);
  // What fails while a failure is told has nowhere to go but to the runtime.
  const lifecycle = createListeners<keyof Lifecycle, never>((error) => void Promise.reject(error));
  const consumers = createConsumers(close, handlerFailed);
  const position = createPosition(options, options.storage ? streamName(url, options) : "", handlerFailed);
  const transport = createTransport({
    position: position.restore,
    reach: position.reach,
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
      } else if (decoded instanceof SseError) {
        leaveOut(decoded, event);
      } else {
        stats.events += 1;
        consumers.deliver({ ...event, ...decoded });
        await consumers.ready;
      }
    },
    leaveOut,
    emit(name, info) {
      if (name === "connecting") stats.attempts += 1;
      if (name === "open") stats.opened += 1;
      if (name === "gap") stats.gaps += 1;
      if (name === "connecting" || name === "open" || name === "reconnecting") state = name;
      if (name !== "connecting") emit(name, info as never);
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

  function emit<Name extends keyof Lifecycle>(name: Name, info: Lifecycle[Name]): number {
    return lifecycle.emit(name, info as never);
  }

  function handlerFailed(cause: unknown): void {
    const error = failure("handler-failed", "a listener or hook failed", cause);
    if (emit("error", error) === 0) void Promise.reject(error);
  }

  function leaveOut(error: SseError, event?: ParsedEvent): void {
    stats.invalid += 1;
    if (event && onInvalid) settle(() => onInvalid(error, event), handlerFailed);
    else emit("error", error);
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
    if (state === "reconnecting") transport.wake();
    if (state === "paused") start();
    if (state !== "idle" && state !== "closed") return;
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
    const info = error ? { error } : {};
    if (error) emit("error", error);
    emit("close", info);
    consumers.end(error);
    closing.resolve(info);
  }

  if (autoConnect) Promise.resolve().then(() => state === "idle" && connect());

  const client: EventSourceClient<Record<string, unknown>> = {
    on: consumers.on as typeof client.on,
    once(name, listener) {
      const remove = client.on(name, (event) => {
        remove();
        return listener(event);
      });
      return remove;
    },
    onAny: (listener) => consumers.on(undefined, listener),
    onLifecycle: (name, listener) => lifecycle.add(name, listener),
    [Symbol.asyncIterator]() {
      const loop = consumers.iterate();
      if (state === "closed") consumers.end();
      return loop;
    },
    connect,
    close,
    reconnect() {
      if (state === "idle" || state === "closed") connect();
      else start();
    },
    get state() {
      return state;
    },
    get url() {
      return request?.url ?? fixedUrl;
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
  return client;
}
