import { acceptsEventStream } from "@sse/core";
import { type PlainResponse, textResponse } from "./plain-response.js";
import { streamHeaders } from "./response-headers.js";
import type { ResponseOptions } from "./response-options.js";

/** The parts of a request that decide whether an event stream may answer it. */
export interface StreamRequest {
  readonly method: string;
  /** The value or values of `Accept`. */
  readonly accept: string | readonly string[] | null | undefined;
}

/**
 * Returns the response to a request that no event stream may answer: 405 for a method that is not
 * allowed, 406 for an `Accept` that excludes `text/event-stream`, only the head for HEAD where GET
 * is allowed. `undefined` for a request that is to be served.
 */
export function rejectRequest(
  { method, accept }: StreamRequest,
  { methods, status = 200, headers }: ResponseOptions & { methods: readonly string[] },
): PlainResponse | undefined {
  const allowed = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  if (!allowed.includes(method)) {
    const allow = allowed.join(", ");
    return textResponse(405, `${method} is not allowed here, only ${allow}.\n`, { allow });
  }
  if (!acceptsEventStream(accept)) return textResponse(406, "Only text/event-stream is offered here.\n");
  return method === "HEAD" ? { status, headers: streamHeaders(headers), body: "" } : undefined;
}
