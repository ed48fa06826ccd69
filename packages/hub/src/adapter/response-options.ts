import { EventStream, type EventStreamOptions } from "@sse/core";
import { outOfRange, requireKnownKeys } from "@sse/core/internal";
import { notACallback } from "../errors.js";
import { isRecord } from "../validate.js";
import type { ResponseHeaders } from "./response-headers.js";

/** Options of the HTTP response, for every kind of stream. */
export interface ResponseOptions {
  /**
   * Status of the response, from 200 to 299 without 204 and 205, which have no body. Default 200,
   * the only one that a browser's `EventSource` accepts.
   */
  status?: number | undefined;
  /**
   * Headers besides those of every event stream, which they replace where they have the same name.
   * `Set-Cookie` and `Vary` are added to what middleware has set. Not allowed: `Connection`,
   * `Content-Length`, `Transfer-Encoding`. Default: none.
   */
  headers?: ResponseHeaders | undefined;
  /**
   * Methods that are served; others are answered with 405. Default `GET`, for `eventStream` also
   * `POST`. HEAD is served where GET is.
   */
  methods?: readonly string[] | undefined;
  /**
   * Bytes that may be queued for a client in this process before the stream counts as full. Default
   * 65536.
   */
  highWaterMark?: number | undefined;
  /**
   * Milliseconds that a client has to receive what was written before the stream was closed; then
   * it is cut off. Default 5000.
   */
  closeTimeout?: number | undefined;
}

/** The options of a response that its sink has. */
export type SinkOptions = Omit<ResponseOptions, "methods">;

/** Options of `eventStream`. */
export interface EventStreamHandlerOptions
  extends ResponseOptions,
    Pick<EventStreamOptions, "heartbeat" | "serialize" | "stallTimeout" | "maxQueuedBytes"> {}

/**
 * Options of `hubStream` and `runStream`; heartbeats, serialization and slow readers are options of
 * the hub.
 */
export interface HubStreamHandlerOptions extends ResponseOptions {}

const sinkOptions = ["status", "headers", "highWaterMark", "closeTimeout"];
const responseOptions = [...sinkOptions, "methods"];
const streamOptions = ["heartbeat", "serialize", "stallTimeout", "maxQueuedBytes"] as const;

/**
 * Checks the options of a sink that an application makes itself.
 *
 * @param where the function that has them.
 * @param known the names of the options that it has.
 * @throws {SseError} `invalid-option` for a value out of its range, or an unknown option.
 */
export function checkSinkOptions(
  where: string,
  options: SinkOptions,
  known: readonly string[] = sinkOptions,
): void {
  requireKnownKeys(options, known, where);
  checkQueue(options);
}

/**
 * Checks the options of a hub's response.
 *
 * @param where the function that has them.
 * @param own the names of further options, which the adapter itself has.
 * @throws {SseError} `invalid-option` for a value out of its range, or an unknown option.
 */
export function checkHubStreamOptions(
  where: "hubStream" | "runStream",
  options: HubStreamHandlerOptions,
  own: readonly string[] = [],
): void {
  requireKnownKeys(options, [...responseOptions, ...own], where);
  checkResponse(options);
  checkOnError(options);
}

/** Checks the options of a response and, by core's own rules, those of its stream, in advance. */
export function checkEventStreamOptions(
  options: EventStreamHandlerOptions,
  own: readonly string[] = [],
): void {
  requireKnownKeys(options, [...responseOptions, ...streamOptions, ...own], "eventStream");
  checkResponse(options);
  checkOnError(options);
  new EventStream(closedSink, streamOptionsOf(options)).destroy();
}

/** Returns the options that belong to the sink. */
export function sinkOptionsOf({
  status,
  headers,
  highWaterMark,
  closeTimeout,
}: ResponseOptions): SinkOptions {
  return { status, headers, highWaterMark, closeTimeout };
}

/** Returns the options that belong to the stream itself. */
export function streamOptionsOf(options: EventStreamHandlerOptions): EventStreamOptions {
  return Object.fromEntries(streamOptions.map((name) => [name, options[name]]));
}

/**
 * Checks the function that an adapter's handler is created with.
 *
 * @param call the call as it should be, for the message: `eventStream(callback)`.
 * @throws {SseError} `invalid-option` for anything but a function.
 */
export function requireCallback(callback: unknown, call: string): void {
  if (typeof callback !== "function") throw notACallback(callback, call);
}

function checkResponse(options: ResponseOptions): void {
  const { status = 200, headers = {}, methods = ["GET"] } = options;
  check(
    "status",
    isNumber(status, 200, 299) && status !== 204 && status !== 205,
    "a status from 200 to 299 that has a body; throw refuse(status) for others",
    status,
  );
  checkQueue(options);
  const isList = Array.isArray(methods) && methods.length > 0;
  check("methods", isList, "a list of at least one method in upper case", methods);
  for (const method of methods) {
    check("methods", typeof method === "string" && /^[A-Z]+$/.test(method), "methods in upper case", method);
  }
  const isPlain = isRecord(headers) && !(Symbol.iterator in headers);
  check("headers", isPlain, "an object of names and values: Object.fromEntries(headers)", headers);
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value);
}

/** A sink without room would never have any. */
function checkQueue({ highWaterMark = 1, closeTimeout = 0 }: SinkOptions): void {
  check("highWaterMark", isNumber(highWaterMark, 1), "a number of bytes, at least 1", highWaterMark);
  check("closeTimeout", isNumber(closeTimeout, 0), "a number of milliseconds, at least 0", closeTimeout);
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

/**
 * Names that HTTP can carry (RFC 9110 §5.1, §5.5). `Headers` is no judge: it trims line ends and
 * accepts control characters.
 */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

function checkHeader(name: string, value: string | readonly string[]): void {
  check("headers", !framing.has(name.toLowerCase()), "without headers that frame the response", name);
  check("headers", headerName.test(name), "under names that are HTTP tokens", name);
  for (const line of [value].flat())
    check(
      "headers",
      typeof line === "string" && headerValue.test(line),
      "texts that HTTP can carry, in Latin-1 and without line ends",
      line,
    );
}

function check(field: string, holds: boolean, wanted: string, value: unknown): void {
  if (holds) return;
  throw outOfRange(field, wanted, value);
}

function isNumber(value: unknown, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return typeof value === "number" && value >= min && value <= max;
}

/** Checks the callback of an adapter that its options may have. */
function checkOnError(options: object): void {
  const { onError } = options as { onError?: unknown };
  check("onError", onError === undefined || typeof onError === "function", "a function", onError);
}
