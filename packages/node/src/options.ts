import { validateHeaderName, validateHeaderValue } from "node:http";
import { EventStream, type EventStreamOptions, SseError } from "@sse/core";
import type { ResponseHeaders } from "./response-headers.js";

/** How a handler answers, whatever it sends. */
export interface ResponseOptions {
  /** Status of the response, from 200 to 299. Default 200, the only one that a browser's `EventSource` takes. */
  status?: number;
  /**
   * Headers besides those of every event stream, which they replace where they have the same name. `Set-Cookie` and `Vary` are added to
   * what middleware has set. Not allowed: `Connection`, `Content-Length`, `Transfer-Encoding`. Default: none.
   */
  headers?: ResponseHeaders;
  /** Methods that are served; others are answered 405. Default `GET`, for `eventStream` also `POST`. HEAD comes with GET. */
  methods?: readonly string[];
  /** Bytes that may be queued for a client in this process before the stream counts as full. Default 65536. */
  highWaterMark?: number;
  /** Milliseconds that a client gets to take what was written before the stream was closed; then it is cut. Default 5000. */
  closeTimeout?: number;
}

/** Options of `eventStream`. */
export interface EventStreamHandlerOptions
  extends ResponseOptions,
    Pick<EventStreamOptions, "heartbeat" | "serialize" | "stallTimeout" | "maxQueuedBytes"> {}

/** Options of `hubStream`; heartbeats, serialization and slow readers are the hub's options. */
export interface HubStreamHandlerOptions extends ResponseOptions {}

/** @throws {SseError} `invalid-option` for a value out of its range. */
export function checkResponseOptions(options: ResponseOptions): void {
  const { status = 200, headers = {}, methods = ["GET"], highWaterMark = 1, closeTimeout = 0 } = options;
  check(
    "status",
    status >= 200 && status <= 299,
    "a status from 200 to 299; throw refuse(status) for others",
    status,
  );
  check("highWaterMark", highWaterMark >= 1, "a number of bytes, at least 1", highWaterMark);
  check("closeTimeout", closeTimeout >= 0, "a number of milliseconds, at least 0", closeTimeout);
  check("methods", methods.length > 0, "a list of at least one method in upper case", methods);
  for (const method of methods) check("methods", /^[A-Z]+$/.test(method), "methods in upper case", method);
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value);
}

/** As {@link checkResponseOptions}, and the stream's options by core's own rules, ahead of the first request. */
export function checkEventStreamOptions(options: EventStreamHandlerOptions): void {
  checkResponseOptions(options);
  new EventStream(closedSink, options).destroy();
}

const closedSink = {
  write: () => {},
  room: 0,
  drain: async () => {},
  close: () => {},
  destroy: () => {},
  closed: Promise.resolve(),
};

const framing = new Set(["connection", "content-length", "transfer-encoding"]);

function checkHeader(name: string, value: string | readonly string[]): void {
  check("headers", !framing.has(name.toLowerCase()), "without headers that frame the response", name);
  try {
    validateHeaderName(name);
    for (const line of [value].flat()) validateHeaderValue(name, line);
  } catch (cause) {
    throw new SseError("invalid-option", `headers: ${(cause as Error).message}`, { field: "headers", cause });
  }
}

function check(field: string, holds: boolean, wanted: string, value: unknown): void {
  if (holds) return;
  throw new SseError("invalid-option", `${field} must be ${wanted}, not ${JSON.stringify(value)}`, { field });
}
