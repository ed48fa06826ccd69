import { acceptsEventStream } from "@sse/core";
import { type PlainResponse, textResponse } from "./plain-response.js";

/** The parts of a request that decide whether an event stream may answer it. */
export interface StreamRequest {
  readonly method: string;
  /** The value or values of `Accept`. */
  readonly accept: string | readonly string[] | null | undefined;
}

/**
 * Returns the response to a request that no event stream may answer: 405 for a method that is not
 * allowed, 406 for an `Accept` that excludes `text/event-stream`. `undefined` for a request that is
 * to be served. HEAD is allowed where GET is.
 */
export function rejectRequest(
  { method, accept }: StreamRequest,
  { methods }: { methods: readonly string[] },
): PlainResponse | undefined {
  const allowed = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  if (!allowed.includes(method)) {
    const allow = allowed.join(", ");
    return textResponse(405, `${method} is not allowed here, only ${allow}.\n`, { allow });
  }
  return acceptsEventStream(accept)
    ? undefined
    : textResponse(406, "Only text/event-stream is offered here.\n");
}
