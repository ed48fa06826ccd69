import type { ParsedEvent, SseError } from "@sse/core";
import { isPromise } from "../call-safely.js";
import { invalidEvent } from "../errors.js";
import type { AnyOptions, Decoder } from "../options.js";

/** The result of decoding. `undefined`: the event's name has no schema, and others have one. */
export type Decoded = { readonly data: unknown } | SseError | undefined;

const decoders = {
  text: (data: string) => data,
  json: (data: string) => JSON.parse(data) as unknown,
  base64: (data: string) => Uint8Array.from(atob(data), (character) => character.charCodeAt(0)),
} satisfies Record<string, Decoder<unknown>>;

/**
 * Creates the function that decodes and validates events. It returns a promise only where a decoder
 * or a schema does. It never throws or rejects.
 */
export function createDecoder({
  decode,
  events,
}: AnyOptions): (event: ParsedEvent) => Decoded | PromiseLike<Decoded> {
  const choice = decode ?? (events ? "json" : "text");
  const decoder: Decoder<unknown> = typeof choice === "function" ? choice : decoders[choice];
  const schemas = events && new Map(Object.entries(events));
  return (event) => {
    const schema = schemas?.get(event.event);
    if (schemas && !schema) return undefined;
    const invalid = (cause: unknown, reason?: string) => invalidEvent(event.event, cause, reason);
    const validate = (data: unknown) =>
      schema
        ? andThen(schema["~standard"].validate(data), (result) =>
            result.issues
              ? invalid(result.issues, result.issues[0]?.message)
              : { data: result.value as unknown },
          )
        : { data };
    try {
      const decoded = andThen(decoder(event.data, event), validate);
      return isPromise(decoded) ? decoded.then(undefined, invalid) : decoded;
    } catch (cause) {
      return invalid(cause);
    }
  };
}

/** Passes a value on, without a microtask if it is no promise. */
function andThen<T, R>(
  value: T | PromiseLike<T>,
  next: (value: T) => R | PromiseLike<R>,
): R | PromiseLike<R> {
  return isPromise(value) ? value.then(next) : next(value);
}
