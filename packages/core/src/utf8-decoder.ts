// biome-ignore-all lint/suspicious/noVar: as in event-reader.ts, for speed.

import { SseError } from "./errors.js";

/**
 * Turns the chunks of a stream, bytes or text, into the text to parse: decodes UTF-8 that is split anywhere, puts U+FFFD in place of
 * what is no UTF-8, and strips one byte order mark at the start (WHATWG HTML §9.2.6).
 *
 * @returns gives the text of the next chunk, as far as it is known. The caller may reuse the bytes. It throws `invalid-option` for
 * anything but a string and bytes.
 */
export function createTextReader(): (chunk: string | Uint8Array) => string {
  /** Made for the first bytes: not every stream has any. */
  var decoder: TextDecoder | undefined;
  var atStart = true;
  /** Whether there was a character of several bytes. */
  var wide = false;

  function decode(chunk: Uint8Array): string {
    if (!ArrayBuffer.isView(chunk)) {
      throw new SseError("invalid-option", `a chunk is ${typeof chunk}: give a string or bytes`, {
        field: "chunk",
      });
    }
    // With `ignoreBOM` the decoder keeps the mark. It is stripped below, for bytes and text alike, and nowhere else.
    decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    // Behind an ASCII byte nothing is cut off, so that the decoder may end. On Node that is several times as fast, but only for ASCII.
    const stream = wide || !(chunk[chunk.length - 1]! < 0x80);
    const text = decoder.decode(chunk, { stream });
    wide ||= text.length < chunk.length;
    return text;
  }

  return (chunk) => {
    // A character whose bytes are cut off by text is never completed.
    const text = typeof chunk !== "string" ? decode(chunk) : decoder ? decoder.decode() + chunk : chunk;
    if (!atStart || text === "") return text;
    atStart = false;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  };
}
