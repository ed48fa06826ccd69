/** A request to an endpoint, whatever the framework. */
export interface EndpointRequest {
  readonly method: string;
  /** Returns the first value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /**
   * Reads the body: its bytes as they were sent, or what a body parser in front has made of them, a
   * string or the value that it stands for.
   *
   * @throws {SseError} (as a rejection) `too-large` if it has more bytes, `closed` if the client
   * left before it had sent all of them.
   */
  body(maxBytes: number): Promise<unknown>;
}

/** A complete HTTP response of an endpoint, for an adapter to send. */
export interface EndpointResponse {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Returns a response with a JSON body. */
export function jsonResponse(status: number, value: unknown): EndpointResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
