import type { ParsedEvent, SseError } from "@sse/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { failure } from "./failure.js";
import type { AnyOptions, Decoder } from "./options.js";

/** What became of an event's data. `undefined`: the event has no schema where others have. */
export type Decoded = { readonly data: unknown } | SseError | undefined;

const decoders = {
  text: (data: string) => data,
  json: (data: string) => JSON.parse(data) as unknown,
  base64: (data: string) => Uint8Array.from(atob(data), (character) => character.charCodeAt(0)),
} satisfies Record<string, Decoder<unknown>>;

/** Makes the function that decodes and validates. It never rejects. */
export function createDecoder({ decode, events }: AnyOptions): (event: ParsedEvent) => Promise<Decoded> {
  const choice = decode ?? (events ? "json" : "text");
  const decoder: Decoder<unknown> = typeof choice === "string" ? decoders[choice] : choice;
  return async (event) => {
    const schema = events && Object.hasOwn(events, event.event) ? events[event.event] : undefined;
    if (events && !schema) return undefined;
    try {
      const data = await decoder(event.data, event);
      return { data: schema ? await validated(data, schema) : data };
    } catch (cause) {
      return invalidData(event, cause);
    }
  };
}

async function validated(data: unknown, schema: StandardSchemaV1): Promise<unknown> {
  const result = await schema["~standard"].validate(data);
  if (result.issues) throw result.issues;
  return result.value;
}

/** @param cause what a decoder threw, or the issues that a schema found. */
function invalidData({ event }: ParsedEvent, cause: unknown): SseError {
  const reason = Array.isArray(cause) ? cause[0]?.message : cause;
  return failure("invalid-event", `an event "${event}" was left out, it is invalid`, cause, reason);
}
