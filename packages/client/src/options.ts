import type { ParsedEvent, SseError } from "@sse/core";
import type { ClientClock } from "./clock.js";
import type { EventSchemas } from "./events.js";
import { type Forms, requireForms } from "./forms.js";
import { type RetryOptions, retryForms } from "./retry.js";
import type { EventIdStorage } from "./storage.js";

/** A value, or a function that returns it for each attempt. */
export type PerAttempt<T> = T | (() => T | Promise<T>);

/** The body of a request. Derived from `RequestInit`: the types of Node have no name for it. */
export type RequestBody = NonNullable<RequestInit["body"]>;

/** A request of a client. */
export interface EventSourceRequest {
  readonly url: string;
  readonly method: string;
  /** May be changed in `onRequest`. */
  readonly headers: Headers;
  readonly body: RequestBody | null;
  /** 0 for the first attempt after `connect()` or a stable connection. */
  readonly attempt: number;
}

/**
 * Options of a client, apart from those that decode data. Each has a default; durations are
 * milliseconds.
 */
export interface EventSourceOptions {
  /**
   * Request method. Default `GET`. Other requests are sent once, whatever follows (a failure, a
   * hidden page, `reconnect()`, `connect()` after `close()`), unless {@link resumeMethod} allows
   * it. A response with a `Content-Location` of the same origin names the run that the request has
   * started: it is read, and resumed, there, with GET.
   */
  method?: string | undefined;
  /**
   * Extra request headers, or a function that returns them for each attempt (a fresh token).
   * Default: none.
   */
  headers?: PerAttempt<RequestInit["headers"]> | undefined;
  /**
   * Request body, or a function that returns it for each attempt. Not sent with GET. Default: none.
   */
  body?: PerAttempt<RequestInit["body"]> | undefined;
  /** Whether cookies are sent: `include`, `same-origin`, `omit`. Default: as `fetch` does. */
  credentials?: NonNullable<RequestInit["credentials"]> | undefined;
  /**
   * Sends the requests. Default: the runtime's `fetch`. Its headers are an object: spread them into
   * your own (`{ ...init.headers, Authorization }`), for the id to resume from is among them.
   */
  fetch?:
    | ((
        url: string,
        init: Omit<RequestInit, "headers"> & { headers: Record<string, string> },
      ) => Promise<Response>)
    | undefined;
  /** Closes the client when it aborts. */
  signal?: AbortSignal | undefined;
  /** The id to resume from. It takes precedence over {@link storage}. Default: none. */
  lastEventId?: string | undefined;
  /** The delays before reconnects; `false`: no reconnects. Default: see {@link RetryOptions}. */
  retry?: RetryOptions | false | undefined;
  /**
   * Returns whether to reconnect after a failure. `undefined` leaves it to the default: yes, unless
   * the response had the wrong content type, or a status other than 408, 425, 429 and 5xx. Not
   * called when no attempts are left or the request must not be repeated.
   */
  shouldRetry?: ((failure: SseError) => boolean | undefined) | undefined;
  /**
   * The time without a single byte, also while connecting, after which the connection counts as
   * lost. 0: never. Default: twice the heartbeat interval that a hub announces and a second;
   * without an announcement, never.
   */
  idleTimeout?: number | undefined;
  /**
   * The length of the largest event; larger ones are skipped and reported as `error`. Default 16 Mi
   * characters.
   */
  maxEventSize?: number | undefined;
  /**
   * Called for a skipped event: its data cannot be decoded, or does not match its schema. Default:
   * `error` is emitted.
   */
  onInvalid?: ((error: SseError, event: ParsedEvent) => void) | undefined;
  /**
   * Keeps the last event id across reloads: `localStorage`, or an object of the application.
   * Default: none.
   */
  storage?: EventIdStorage | undefined;
  /**
   * Identifies the stream in {@link storage}, and among tabs that share it. Default: `sse:` and the
   * URL. Required for both where the request is more than its URL, as it may depend on the user.
   */
  name?: string | undefined;
  /**
   * The method that may repeat a request other than GET: `GET` resumes without its body, its own
   * method sends it again. Default: the request is not repeated.
   */
  resumeMethod?: string | undefined;
  /** Called with each request before it is sent; may change its headers. */
  onRequest?: ((request: EventSourceRequest) => unknown) | undefined;
  /**
   * Called with each response, whatever its status, before its body is read. It must not read the
   * body.
   */
  onResponse?: ((response: Response) => unknown) | undefined;
  /** Called with each comment of the stream, without its colon and one space. Default: none. */
  onComment?: ((comment: string) => unknown) | undefined;
  /**
   * Whether the client connects at the end of the current tick. Default `true`; `false`: with
   * `connect()`.
   */
  autoConnect?: boolean | undefined;
  /**
   * Disconnects while the page is hidden, and resumes when it is shown. Default `false`. A request
   * that must not be repeated keeps its connection.
   */
  pauseWhenHidden?: boolean | undefined;
  /** Time and random numbers, for tests. Default: the runtime's. */
  clock?: ClientClock | undefined;
}

/** Turns an event's data into the value that listeners receive; may be async. */
export type Decoder<T> = (data: string, event: ParsedEvent) => T | Promise<T>;

/** Options of a client that receives data as it was sent. */
export interface TextOptions extends EventSourceOptions {
  decode?: "text" | undefined;
  events?: undefined;
}

/** Options of a client that decodes data whose type `Events` declares. */
export interface DecodedOptions<Data> extends EventSourceOptions {
  /** `json` parses the data; a function returns any value. */
  decode: "json" | Decoder<Data>;
  events?: undefined;
}

/** Options of a client that receives base64 as bytes. */
export interface BytesOptions extends EventSourceOptions {
  decode: "base64";
  events?: undefined;
}

/** Options of a client whose data is validated, and typed, by schemas. */
export interface SchemaOptions<Schemas extends EventSchemas> extends EventSourceOptions {
  /** A schema for each event name. Events with other names are not delivered. */
  events: Schemas;
  /** Decodes the data before the schema validates it. Default `json`. */
  decode?: "text" | "json" | "base64" | Decoder<unknown> | undefined;
}

/** Every form of the options. */
export type AnyOptions = TextOptions | DecodedOptions<unknown> | BytesOptions | SchemaOptions<EventSchemas>;

/** The forms of all options. Empty: checked with the request. */
const optionForms: Forms<keyof SchemaOptions<EventSchemas>> = {
  method: "a string",
  headers: "",
  body: "",
  credentials: '"include" or "same-origin" or "omit"',
  fetch: "a function",
  signal: "an object with addEventListener",
  lastEventId: "a string",
  retry: "an object",
  shouldRetry: "a function",
  idleTimeout: "a number from 0 to Infinity",
  maxEventSize: "a number from 1 to Infinity",
  onInvalid: "a function",
  storage: "an object with getItem and setItem",
  name: "a string",
  resumeMethod: "a string",
  onRequest: "a function",
  onResponse: "a function",
  onComment: "a function",
  autoConnect: "a boolean",
  pauseWhenHidden: "a boolean",
  clock: "an object with now and random and setTimeout and clearTimeout",
  decode: '"text" or "json" or "base64" or a function',
  events: "an object",
};

/**
 * Checks the options, apart from what concerns the request.
 *
 * @throws {SseError} `invalid-option` for an unknown option, a wrong type, or a number out of its
 *   range.
 */
export function checkOptions(options: EventSourceOptions): void {
  requireForms("options", optionForms, options?.retry === false ? { ...options, retry: {} } : options);
  if (options.retry) requireForms("retry", retryForms, options.retry);
}
