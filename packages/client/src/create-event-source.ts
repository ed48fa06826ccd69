import type { EventSourceClient } from "./client.js";
import { createClient } from "./create-client.js";
import type { EventSchemas, InferEvents } from "./events.js";
import type { AnyOptions, BytesOptions, DecodedOptions, SchemaOptions, TextOptions } from "./options.js";
import { createFetchTransport } from "./transport/fetch-transport.js";
import type { PerAttempt } from "./transport/request.js";

/**
 * Makes a client of an event stream. It connects by itself, at the end of the current tick; making it touches nothing of the runtime.
 *
 * What `data` is follows from the options, one signature for each way to decode:
 *
 * @throws {SseError} `invalid-option` for a number out of its range, or when the stream needs a name.
 */
export interface CreateEventSource {
  /** JSON, validated: the schemas' output. */
  <const Schemas extends EventSchemas>(
    url: PerAttempt<string | URL>,
    options: SchemaOptions<Schemas>,
  ): EventSourceClient<InferEvents<Schemas>>;
  /** JSON, or what a function makes of the text: what `Events` says, which nobody checks; without it `unknown`. */
  <Events extends object = Record<string, unknown>>(
    url: PerAttempt<string | URL>,
    options: DecodedOptions<Events[keyof Events]>,
  ): EventSourceClient<Events>;
  /** Base64: bytes. */
  <Events extends Record<keyof Events, Uint8Array> = Record<string, Uint8Array>>(
    url: PerAttempt<string | URL>,
    options: BytesOptions,
  ): EventSourceClient<Events>;
  /** Text as it was sent. `Events` may name the events. */
  <Events extends Record<keyof Events, string> = Record<string, string>>(
    url: PerAttempt<string | URL>,
    options?: TextOptions,
  ): EventSourceClient<Events>;
}

/** See {@link CreateEventSource}. */
export const createEventSource: CreateEventSource = ((
  url: PerAttempt<string | URL>,
  options: AnyOptions = {},
) =>
  createClient(url, options, (receiver) =>
    createFetchTransport(url, options, receiver),
  )) as CreateEventSource;
