import type { EventSourceClient } from "./client.js";
import { createClient } from "./create-client.js";
import type { EventSchemas, InferEvents } from "./events.js";
import type {
  AnyOptions,
  BytesOptions,
  DecodedOptions,
  PerAttempt,
  SchemaOptions,
  TextOptions,
} from "./options.js";
import { FetchTransport } from "./transport/fetch-transport.js";

/**
 * Creates a client of an event stream. It connects at the end of the current tick; creating it uses
 * nothing of the runtime.
 *
 * The type of `data` follows from the options, with one signature for each way to decode:
 *
 * @throws {SseError} `invalid-option` for a number out of its range, or when the stream needs a
 *   name.
 */
export interface CreateEventSource {
  /** JSON, validated: the schemas' output. */
  <const Schemas extends EventSchemas>(
    url: PerAttempt<string | URL>,
    options: SchemaOptions<Schemas>,
  ): EventSourceClient<InferEvents<Schemas>>;
  /** JSON, or the result of a function: as `Events` declares, unchecked; without it `unknown`. */
  <Events extends object = Record<string, unknown>>(
    url: PerAttempt<string | URL>,
    options: DecodedOptions<Events[keyof Events]>,
  ): EventSourceClient<Events>;
  /** Base64: bytes. */
  <Events extends Record<keyof Events, Uint8Array> = Record<string, Uint8Array>>(
    url: PerAttempt<string | URL>,
    options: BytesOptions,
  ): EventSourceClient<Events>;
  /** The string that was sent. `Events` may name the events. */
  <Events extends Record<keyof Events, string> = Record<string, string>>(
    url: PerAttempt<string | URL>,
    options?: TextOptions,
  ): EventSourceClient<Events>;
}

/** Creates a client with a connection of its own, see {@link CreateEventSource}. */
export const createEventSource: CreateEventSource = ((
  url: PerAttempt<string | URL>,
  options: AnyOptions = {},
) =>
  createClient(url, options, (receiver) => new FetchTransport(url, options, receiver))) as CreateEventSource;
