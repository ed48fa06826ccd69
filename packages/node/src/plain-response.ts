import type { SseError } from "@sse/core";
import { isOver, type NodeResponse } from "./http-types.js";
import { addHeaders, lowerCaseNames, type ResponseHeaders } from "./response-headers.js";

/** A plain response instead of an event stream. */
export interface Answer {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: ResponseHeaders;
  /** Text; `""` for none. */
  readonly body: string;
}

/** A short text as an answer. */
export function textAnswer(status: number, body: string, headers: ResponseHeaders = {}): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

/** What `throw refuse(...)` asks for. */
export function answerTo(refusal: SseError): Answer {
  const { status = 500, body = "" } = refusal;
  const headers = lowerCaseNames(refusal.headers ?? {});
  return body === "" ? { status, headers, body } : textAnswer(status, body, headers);
}

/** Sends an answer. Headers that middleware has set stay. Does nothing when the response is over or has been started. */
export function sendAnswer(response: NodeResponse, { status, headers, body }: Answer): void {
  if (isOver(response) || response.headersSent) return;
  response.statusCode = status;
  addHeaders(response, headers);
  response.end(body);
}
