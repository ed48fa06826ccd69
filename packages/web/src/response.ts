import type { ResponseHeaders } from "@sse/hub/adapter";

/** The head and the body of a response. */
interface ResponseParts {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** `""` for none. */
  readonly body: string | ReadableStream<Uint8Array>;
}

/** Builds a Fetch response. A header with several values is sent as several lines. */
export function toResponse({ status, headers, body }: ResponseParts): Response {
  const lines = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const line of [value].flat()) lines.append(name, line);
  }
  return new Response(body === "" ? null : body, { status, headers: lines });
}
