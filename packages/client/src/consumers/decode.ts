import type { ParsedEvent, SseError } from "@sse/core";
import { failure } from "../errors.js";
import type { AnyOptions, Decoder } from "../options.js";

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
  const schemas = events && new Map(Object.entries(events));
  return async (event) => {
    const invalid = (cause: unknown, reason?: string) =>
      failure("invalid-event", `an invalid event "${event.event}" was left out`, cause, reason);
    const schema = schemas?.get(event.event);
    if (schemas && !schema) return undefined;
    try {
      const data = await decoder(event.data, event);
      if (!schema) return { data };
      const result = await schema["~standard"].validate(data);
      return result.issues ? invalid(result.issues, result.issues[0]?.message) : { data: result.value };
    } catch (cause) {
      return invalid(cause);
    }
  };
}
