import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of `node:http`, or of the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** A response of `node:http`, or of the compatibility API of `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** The common part of both kinds of response; their own types differ in overloads. */
export interface ByteWriter {
  write(bytes: Uint8Array, encoding?: undefined, written?: () => void): boolean;
}

/** Returns whether the response is one stream of an HTTP/2 connection. */
export function isHttp2(response: NodeResponse): response is Http2ServerResponse {
  return "stream" in response;
}

/**
 * Returns whether nothing can be written any more: the client left, or the response was ended or
 * destroyed.
 */
export function isOver(response: NodeResponse): boolean {
  if (response.writableEnded) return true;
  if (isHttp2(response)) return response.stream.destroyed || response.stream.closed;
  // An emulated response may have no request.
  return response.destroyed || response.req?.socket?.destroyed === true;
}
