import type { PlainResponse } from "@sse/hub/adapter";
import { isOver, type NodeResponse } from "./http-types.js";
import { addHeaders } from "./response-headers.js";

/**
 * Sends a plain response. Headers of middleware stay. Does nothing when the response has ended or
 * been started.
 */
export function sendPlainResponse(response: NodeResponse, { status, headers, body }: PlainResponse): void {
  if (isOver(response) || response.headersSent) return;
  response.statusCode = status;
  addHeaders(response, headers);
  response.end(body);
}
