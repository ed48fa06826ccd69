import { encodeUtf8, postTask } from "@sse/core/internal";

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
  postTask(endTick);
}

function endTick(): void {
  // `clear` makes a new table, also of an empty map.
  if (chunks.size > 0) chunks.clear();
  ticking = false;
  tick += 1;
}
