import { invalidOption, outOfRange, SseError } from "./errors.js";
import { requireKnownKeys } from "./option-checks.js";

/** The response of a refusal. */
export interface RefusalOptions {
  /** Headers of the response, by name. Default: none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** A text. Default: empty. */
  body?: string | undefined;
}

/**
 * Makes the error that a handler's callback throws to send a plain HTTP response instead of a
 * stream: `throw refuse(401)`. It must be thrown before the first byte of the stream.
 *
 * 204 is the one status that makes every client stop reconnecting (WHATWG HTML §9.2.3). After other
 * statuses a browser's `EventSource` stops too, but reports to the page that it failed.
 *
 * @param status HTTP status, 204 or 400 to 599.
 * @param response extra headers and a text body; by default none and the empty body.
 * @throws {SseError} `invalid-option` for any other status, and for a response that would be lost.
 */
export function refuse(status: number, response: RefusalOptions = {}): SseError {
  if (status !== 204 && !(Number.isInteger(status) && status >= 400 && status <= 599)) {
    throw invalidOption(
      "status",
      `refuse(${status}): pass 204 or a status from 400 to 599; a redirect or a success is no refusal`,
    );
  }
  requireKnownKeys(response, ["headers", "body"], "refuse");
  const { headers = {}, body = "" } = response;
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers)
    throw outOfRange("refuse: headers", "an object, such as Object.fromEntries(headers)", headers);
  if (typeof body !== "string")
    throw outOfRange("refuse: body", "a string, such as JSON.stringify(body)", body);
  return new SseError("refused", `the request was refused with status ${status}`, { status, ...response });
}
