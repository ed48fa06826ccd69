import { OutgoingMessage, type ServerResponse } from "node:http";
import { Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { encodeUtf8 } from "@sse/core/internal";
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

/**
 * Whether data is a string that the socket may write as it is, without an array and a copy. Of one
 * with other characters it would count those that wait, and not their bytes.
 */
export function isAscii(data: Uint8Array | string): data is string {
  return typeof data === "string" && Buffer.byteLength(data) === data.length;
}

/** Returns what is written as bytes. */
export function bytesOf(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? encodeUtf8(data) : data;
}

/** The chunks of this tick, by their bytes: a hub writes one array to many clients. */
const chunks = new Map<Uint8Array, Buffer>();

/**
 * The maximum number of chunks kept. Without it a tick in which each client is sent something else
 * would hold a copy of it all.
 */
const maxChunks = 100;

let tick = 0;
let ticking = false;

/** Frames bytes as one chunk of HTTP/1.1 (RFC 9112 §7.1), once in a tick. */
export function chunkOf(bytes: Uint8Array): Buffer {
  const known = chunks.get(bytes);
  if (known !== undefined) return known;
  startTick();
  if (chunks.size === maxChunks) {
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

/** Frames ASCII text as one chunk of HTTP/1.1. */
export function textChunkOf(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** Returns a number that is the same during one tick of the event loop. */
export function currentTick(): number {
  startTick();
  return tick;
}

function startTick(): void {
  if (ticking) return;
  ticking = true;
  setImmediate(endTick);
}

function endTick(): void {
  // `clear` makes a new table, also of an empty map.
  if (chunks.size > 0) chunks.clear();
  ticking = false;
  tick += 1;
}

/** The sockets that are corked until the end of this turn. */
const corked = new Set<Socket>();

let turn = 0;
let turnStarted = false;

/** Returns a number that is the same until the callbacks of `process.nextTick` have run. */
export function currentTurn(): number {
  startTurn();
  return turn;
}

/**
 * Joins what is written to a socket in the rest of this turn to one system call, which costs more
 * than everything else about a small write.
 */
export function corkForTurn(socket: Socket): void {
  startTurn();
  if (corked.has(socket)) return;
  corked.add(socket);
  socket.cork();
}

/** Sends what {@link corkForTurn} has joined so far. */
export function uncork(socket: Socket): void {
  if (corked.delete(socket)) socket.uncork();
}

function startTurn(): void {
  if (turnStarted) return;
  turnStarted = true;
  process.nextTick(endTurn);
}

function endTurn(): void {
  turnStarted = false;
  turn += 1;
  for (const socket of corked) uncork(socket);
}
