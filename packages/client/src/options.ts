import { type ParsedEvent, SseError } from "@sse/core";
import type { ClientClock } from "./clock.js";
import type { EventSchemas } from "./events.js";
import { type RetryOptions, retryPlan } from "./retry.js";
import type { EventIdStorage } from "./storage.js";
import type { EventSourceRequest, PerAttempt } from "./transport/request.js";

/** Options of a client, apart from those that say how data is decoded. Every one has a default; durations are milliseconds. */
export interface EventSourceOptions {
  /** Request method. Default `GET`. Other requests are not sent again after a failure unless {@link resumeMethod} allows it. */
  method?: string;
  /** Extra request headers, or a function, run on every attempt, that gives them (a fresh token). Default: none. */
  headers?: PerAttempt<HeadersInit | undefined>;
  /** Request body, or a function, run on every attempt, that gives it. Not sent with GET. Default: none. */
  body?: PerAttempt<BodyInit | null | undefined>;
  /** Whether cookies are sent: `include`, `same-origin`, `omit`. Default: what `fetch` does. */
  credentials?: RequestCredentials;
  /** Makes the requests. Default: the runtime's `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Closes the client when it aborts. */
  signal?: AbortSignal;
  /** The id to resume from. It wins over {@link storage}. Default: none. */
  lastEventId?: string;
  /** When to reconnect; `false`: never. Default: as {@link RetryOptions} say. */
  retry?: RetryOptions | false;
  /**
   * Whether to reconnect after a failure. `undefined` leaves it to the default: yes, unless the answer had the wrong content type, or a
   * status other than 408, 425, 429 and 5xx. Not asked when attempts are used up or the request must not be repeated.
   */
  shouldRetry?: (failure: SseError) => boolean | undefined;
  /**
   * After how long without a single byte, also while connecting, the connection counts as lost. 0: never. Default: twice the heartbeat
   * interval that our hub announces and a second; without such an announcement, never.
   */
  idleTimeout?: number;
  /** Length of the largest event; larger ones are left out and reported as `error`. Default 16 Mi characters. */
  maxEventSize?: number;
  /** What to do with an event whose data cannot be decoded or is refused by its schema; it is left out. Default: `error` is emitted. */
  onInvalid?: (error: SseError, event: ParsedEvent) => void;
  /** Keeps the last event id across reloads: `localStorage`, or your own. Default: none. */
  storage?: EventIdStorage;
  /** What tells this stream from others: in {@link storage}, and among tabs that share it. Default `sse:` and the URL. */
  name?: string;
  /** The method by which a request other than GET may be repeated: `GET` resumes without its body, its own method sends it again. Default: it is not. */
  resumeMethod?: string;
  /** Sees each request before it is sent, and may change its headers. */
  onRequest?: (request: EventSourceRequest) => unknown;
  /** Sees each answer, whatever its status, before its body is read. The body must be left alone. */
  onResponse?: (response: Response) => unknown;
  /** Connects by itself, at the end of the current tick. Default `true`; `false`: with `connect()`. */
  autoConnect?: boolean;
  /** Disconnects while the page is hidden, and resumes when it is shown. Default `false`. */
  pauseWhenHidden?: boolean;
  /** Time and chance, for tests. Default: the runtime's. */
  clock?: ClientClock;
}

/** Turns an event's data into the value that listeners get; may be async. */
export type Decoder<T> = (data: string, event: ParsedEvent) => T | Promise<T>;

/** Data as it was sent. */
export interface TextOptions extends EventSourceOptions {
  decode?: "text";
  events?: undefined;
}

/** Data decoded, from the types of which nothing follows: `Events` says what the server sends. */
export interface DecodedOptions<Data> extends EventSourceOptions {
  /** `json` parses it; a function does what it likes. */
  decode: "json" | Decoder<Data>;
  events?: undefined;
}

/** Data that is base64, as bytes. */
export interface BytesOptions extends EventSourceOptions {
  decode: "base64";
  events?: undefined;
}

/** Data as schemas say: JSON, validated and typed. */
export interface SchemaOptions<Schemas extends EventSchemas> extends EventSourceOptions {
  /** One schema an event name. Events with other names are not delivered. */
  events: Schemas;
  /** What comes before the schema. Default `json`. */
  decode?: "text" | "json" | "base64" | Decoder<unknown>;
}

/** Every form of the options. */
export type AnyOptions = TextOptions | DecodedOptions<unknown> | BytesOptions | SchemaOptions<EventSchemas>;

/** @throws {SseError} `invalid-option` for a number out of its range. */
export function checkOptions({ retry, idleTimeout = 0, maxEventSize = 1 }: EventSourceOptions): void {
  const numbers = { ...retryPlan(retry), idleTimeout, maxEventSize };
  for (const [field, value] of Object.entries(numbers)) {
    const least = field === "factor" || field === "maxEventSize" ? 1 : 0;
    const most = field === "jitter" ? 1 : Infinity;
    if (value >= least && value <= most) continue;
    throw new SseError("invalid-option", `${field} is ${value}: give ${least} to ${most}`, { field });
  }
}
