import type { SseError } from "@sse/core";
import { lowerCaseNames, type ResponseHeaders } from "./response-headers.js";

/** A complete HTTP response, sent instead of an event stream. */
export interface PlainResponse {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: ResponseHeaders;
  /** A text; `""` for no body. */
  readonly body: string;
}

/** Returns a response with a short text. */
export function textResponse(status: number, body: string, headers: ResponseHeaders = {}): PlainResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

/** Returns the response that `throw refuse(…)` asks for. */
export function refusalResponse({ status = 500, headers = {}, body = "" }: SseError): PlainResponse {
  const own = lowerCaseNames(headers);
  return body === "" ? { status, headers: own, body } : textResponse(status, body, own);
}
