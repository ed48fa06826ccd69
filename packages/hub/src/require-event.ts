import { nearestOf } from "@sse/core/internal";
import { fieldOfTheHub, notAnEvent, unknownEventField } from "./errors.js";

const fields = ["event", "data"];

/** The fields of the wire format that the log, the hub and each connection set. */
const reservedFields = ["id", "retry", "comment"];

/**
 * Checks that an event is an object with no fields but those of the application.
 *
 * @param options the names of options that may have been written into the event by mistake.
 * @throws {SseError} `invalid-field`; `reserved` for a field that the hub sets.
 */
export function requireEvent(event: object, options: readonly string[] = []): void {
  if (typeof event !== "object" || event === null || Array.isArray(event)) throw notAnEvent(event);
  // Without a list of the keys, which only an event with further ones needs.
  for (const field in event) if (!fields.includes(field)) requireKnownFields(event, options);
}

function requireKnownFields(event: object, options: readonly string[]): void {
  for (const [field, value] of Object.entries(event)) {
    if (fields.includes(field) || value === undefined) continue;
    if (reservedFields.includes(field)) throw fieldOfTheHub(field);
    throw unknownEventField(field, nearestOf(field, [...fields, ...options]));
  }
}
