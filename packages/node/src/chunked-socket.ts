import { OutgoingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isHttp2, type NodeResponse } from "./http-types.js";

/** As they were when this module was loaded: middleware replaces them on the response, or on a prototype in between. */
const { write, end } = OutgoingMessage.prototype;

/** Whether nobody but Node has a say in what this response of HTTP/1 writes. */
export function isUnwatched(response: NodeResponse): response is ServerResponse {
  return !isHttp2(response) && response.write === write && response.end === end && !("flush" in response);
}

/**
 * Whether chunks may be written past this response, which has sent its head: it is HTTP/1.1 without a length, and nobody watches
 * what it writes. HTTP/1.0, as nginx speaks upstream by default, would take the sizes of the chunks for text. A response that waits
 * in a pipeline has no socket yet.
 */
export function isPlainChunked(response: NodeResponse): response is ServerResponse {
  return (
    isUnwatched(response) && response.headersSent && response.chunkedEncoding && response.socket !== null
  );
}

/**
 * The socket of such a response, while it may be written to: it goes when the response has ended, and what the response holds back
 * itself must leave first.
 */
export function ownSocket(response: ServerResponse): Socket | undefined {
  const { socket } = response;
  const own =
    socket?.writable && !response.writableEnded && response.writableLength === socket.writableLength;
  return own ? socket : undefined;
}

/** The last chunks of this turn, by what is in them: a hub writes one array to many clients. */
const chunks = new Map<Uint8Array, Buffer>();

/** Most chunks that are kept: where each client is written something else, all of a turn would be a copy of all that is sent. */
const mostChunks = 100;

let turn = 0;

/** The bytes as one chunk of HTTP/1.1 (RFC 9112 §7.1), made once in a turn. */
export function chunkOf(bytes: Uint8Array): Buffer {
  const known = chunks.get(bytes);
  if (known !== undefined) return known;
  if (chunks.size === 0) setImmediate(endTurn);
  if (chunks.size === mostChunks) {
    const [oldest] = chunks.keys();
    chunks.delete(oldest!);
  }
  const size = `${bytes.byteLength.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.byteLength + 2);
  chunk.write(size, "latin1");
  chunk.set(bytes, size.length);
  chunk.write("\r\n", size.length + bytes.byteLength, "latin1");
  chunks.set(bytes, chunk);
  return chunk;
}

/** A number that this turn of the event loop has if chunks were made in it, and no later turn. */
export function thisTurn(): number {
  return turn;
}

function endTurn(): void {
  chunks.clear();
  turn += 1;
}
