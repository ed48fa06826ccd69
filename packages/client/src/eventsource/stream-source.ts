import type { Source } from "./source.js";

/**
 * Creates a source from a stream that the application opened. It has the opaque origin, and it
 * cannot be opened again.
 *
 * @throws {TypeError} when the stream is locked to another reader.
 */
export function streamSource(stream: ReadableStream<Uint8Array>): Source {
  const chunks = stream.getReader();
  return { reopens: false, open: async () => ({ chunks, origin: "null" }) };
}
