import { acceptsEventStream } from "@sse/core";
import type { NodeRequest } from "./http-types.js";
import type { ResponseOptions } from "./options.js";
import { type Answer, textAnswer } from "./plain-response.js";
import { streamHeaders } from "./response-headers.js";

/**
 * What to answer to a request that is none for an event stream: 405 for a method that is not allowed, 406 for an `Accept` that excludes
 * `text/event-stream`, only the head for HEAD where GET is allowed. Undefined for a request that is to be served.
 */
export function answerWithoutStream(
  request: NodeRequest,
  options: ResponseOptions & { methods: readonly string[] },
): Answer | undefined {
  const { method = "GET" } = request;
  const allowed = options.methods.includes("GET") ? [...options.methods, "HEAD"] : options.methods;
  if (!allowed.includes(method)) {
    const allow = allowed.join(", ");
    return textAnswer(405, `${method} is not allowed here, only ${allow}.\n`, { allow });
  }
  if (!acceptsEventStream(request.headers.accept)) {
    return textAnswer(406, "Only text/event-stream is offered here.\n");
  }
  if (method !== "HEAD") return undefined;
  return { status: options.status ?? 200, headers: streamHeaders(options.headers ?? {}), body: "" };
}
