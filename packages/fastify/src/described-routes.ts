import type { EventStreamDescription } from "@sse/hub";
import type { RouteOptions } from "fastify";

/** The descriptions of route handlers, by handler. */
const descriptions = new WeakMap<object, () => EventStreamDescription>();

/** Remembers what a handler sends, for the schema of its route. */
export function described<Handler extends object>(
  handler: Handler,
  describe: () => EventStreamDescription,
): Handler {
  descriptions.set(handler, describe);
  return handler;
}

/**
 * Adds the description of an event stream to the schema of its route, for what generates OpenAPI
 * from schemas. A response that the application describes itself stays as it is.
 */
export function describeRoute(route: RouteOptions): void {
  const describe = descriptions.get(route.handler);
  if (describe === undefined) return;
  const { response = {}, ...schema } = (route.schema ?? {}) as { response?: Record<string, unknown> };
  if ("200" in response || "2xx" in response) return;
  const { description, content } = describe();
  const stream = content["text/event-stream"];
  // Fastify requires a `schema` of each content; the text of a whole stream is a string.
  const ok = { description, content: { "text/event-stream": { schema: { type: "string" }, ...stream } } };
  route.schema = { ...schema, response: { ...response, 200: ok } };
}
