// biome-ignore-all lint/suspicious/noVar: as in line-parser.ts, for speed.

import { notAChunk } from "../errors.js";

/**
 * Creates a decoder from the chunks of a stream, bytes or text, to the text to parse. It decodes
 * UTF-8 that is split anywhere, replaces anything that is not UTF-8 with U+FFFD, and strips one
 * byte order mark at the start (WHATWG HTML §9.2.6).
 *
 * @returns a function that returns the text of the next chunk, without an incomplete character at
 * its end. The caller may reuse the bytes. It throws `invalid-option` for anything but a string and
 * bytes.
 */
export function createUtf8Decoder(): (chunk: string | Uint8Array) => string {
  /** Created for the first bytes: not every stream has any. */
  var decoder: TextDecoder | undefined;
  var atStart = true;
  /** Whether there was a character of several bytes. */
  var wide = false;

  function decode(chunk: Uint8Array): string {
    if (!ArrayBuffer.isView(chunk)) throw notAChunk(chunk);
    // With `ignoreBOM` the decoder keeps the mark. It is stripped below, for bytes and text alike.
    decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    // After an ASCII byte no character is incomplete, so the decoder may end. On Node that is
    // several times as fast, but only for ASCII.
    const stream = wide || !(chunk[chunk.length - 1]! < 0x80);
    const text = decoder.decode(chunk, { stream });
    wide ||= text.length < chunk.length;
    return text;
  }

  return (chunk) => {
    // A character whose bytes are interrupted by text is never completed.
    const text = typeof chunk !== "string" ? decode(chunk) : decoder ? decoder.decode() + chunk : chunk;
    if (!atStart || text === "") return text;
    atStart = false;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  };
}
