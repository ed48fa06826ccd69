import type { SseError } from "@sse/core";
import type { EventSourceClient } from "./client.js";
import { ClientReceiver } from "./client-receiver.js";
import { ClientState } from "./client-state.js";
import { Consumers } from "./consumers/consumers.js";
import { createListeners } from "./consumers/listeners.js";
import { handlerFailed } from "./errors.js";
import { requireForm } from "./forms.js";
import {
  type CloseInfo,
  type Closing,
  closing,
  type LifecycleListeners,
  lifecycleForm,
} from "./lifecycle.js";
import { type AnyOptions, checkOptions, type PerAttempt } from "./options.js";
import { createResumePoint } from "./resume/resume-point.js";
import { streamName } from "./resume/stream-name.js";
import { checkRequest } from "./transport/request.js";
import type { Receiver, Transport } from "./transport/transport.js";

type Client = EventSourceClient<Record<string, unknown>>;

/** Creates a client around a transport: everything between a connection and the application. */
export function createClient(
  url: PerAttempt<string | URL>,
  options: AnyOptions,
  createTransport: (receiver: Receiver) => Transport,
): Client {
  checkOptions(options);
  checkRequest(url, options);
  // An error listener that fails is not notified of that.
  const lifecycle: LifecycleListeners = createListeners<string, never>((error) =>
    console.error(handlerFailed(error)),
  );
  const consumers = new Consumers(() => state.end(), onError);
  const name = options.storage ? streamName(url, options) : "";
  const resumePoint = createResumePoint(options, name, onError);
  const receiver = new ClientReceiver(options, { consumers, lifecycle, resumePoint, report });
  const state = new ClientState(options, receiver, createTransport(receiver), onEnd);
  receiver.state = state;

  function report(error: SseError): void {
    if (!lifecycle.emit("error", error)) console.error(error);
  }

  function onError(cause: unknown): void {
    report(handlerFailed(cause));
  }

  function onEnd(info: CloseInfo): void {
    const { error } = info;
    const heard = error ? lifecycle.emit("error", error) : 1;
    // A loop throws the error; a listener for `close` and the promise `closed` receive it.
    const others = lifecycle.emit("close", info) + consumers.end(error);
    if (heard + others === 0 && !state.isObserved) console.error(error);
  }

  if (options.autoConnect ?? true) {
    Promise.resolve().then(() => state.current === "idle" && state.connect());
  }
  return publicClient(url, receiver, consumers, lifecycle);
}

/**
 * Returns the methods and properties that the application sees. They can be used without the
 * object.
 */
// Over 40 lines: one line for each method and property.
function publicClient(
  url: PerAttempt<string | URL>,
  receiver: ClientReceiver,
  consumers: Consumers,
  lifecycle: LifecycleListeners,
): Client & Closing {
  const { state, resumePoint } = receiver;
  return {
    on: (name, listener) => consumers.on(name, listener as never),
    once: (name, listener) => consumers.once(name, listener as never),
    onAny: (listener) => consumers.onAny(listener),
    onLifecycle(name, listener) {
      requireForm("name", lifecycleForm, name);
      return lifecycle.add(name, listener);
    },
    [Symbol.asyncIterator]: () => consumers.iterate(state.current === "closed"),
    connect: () => state.connect(),
    close: () => state.end(),
    reconnect: () => state.reconnect(),
    get state() {
      return state.current;
    },
    get url() {
      return receiver.request?.url ?? (typeof url === "function" ? "" : String(url));
    },
    get request() {
      return receiver.request;
    },
    get lastEventId() {
      return resumePoint.current;
    },
    set lastEventId(id) {
      requireForm("lastEventId", "a string", id);
      resumePoint.current = id;
    },
    get stats() {
      return { ...receiver.counters };
    },
    get closed() {
      return state.closed;
    },
    get [closing]() {
      return state.closing;
    },
  };
}
