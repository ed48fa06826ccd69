import type { PlainResponse } from "@sse/hub/adapter";
import { isOver, type NodeResponse } from "./http-types.js";
import { addHeaders } from "./response-headers.js";

/** Sends a plain response. Headers that middleware has set stay. Does nothing when the response is over or has been started. */
export function sendPlainResponse(response: NodeResponse, { status, headers, body }: PlainResponse): void {
  if (isOver(response) || response.headersSent) return;
  response.statusCode = status;
  addHeaders(response, headers);
  response.end(body);
}
