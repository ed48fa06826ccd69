import { OutgoingMessage, type ServerResponse } from "node:http";
import { Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { isHttp2, type NodeResponse } from "./http-types.js";

/**
 * As they were when this module was loaded: middleware replaces them on the response, or on a
 * prototype in between.
 */
const { write, end } = OutgoingMessage.prototype;

/** Returns whether an HTTP/1 response still writes with the methods of Node alone. */
export function isUnpatched(response: NodeResponse): response is ServerResponse {
  return !isHttp2(response) && response.write === write && response.end === end && !("flush" in response);
}

/** Returns whether an HTTP/2 response still writes with the method of Node alone. */
export function isUnpatchedHttp2(response: NodeResponse): boolean {
  return (
    isHttp2(response) && response.write === Http2ServerResponse.prototype.write && !("flush" in response)
  );
}

/**
 * Returns whether chunks may be written to the socket of this response, which has sent its head: it
 * is HTTP/1.1 without a length, and no middleware sees what it writes. HTTP/1.0, which nginx uses
 * upstream by default, would treat the sizes of the chunks as text. A response that waits in a
 * pipeline has no socket yet.
 */
export function canWriteChunks(response: NodeResponse): response is ServerResponse {
  return (
    isUnpatched(response) && response.headersSent && response.chunkedEncoding && response.socket !== null
  );
}

/**
 * Returns the socket of such a response while it may be written to. It is absent when the response
 * has ended, and what the response buffers itself must be sent first.
 */
export function writableSocket(response: ServerResponse): Socket | undefined {
  const { socket } = response;
  const own =
    socket?.writable && !response.writableEnded && response.writableLength === socket.writableLength;
  return own ? socket : undefined;
}
