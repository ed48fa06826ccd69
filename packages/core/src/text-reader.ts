import { SseError } from "./errors.js";

/**
 * Turns the chunks of a stream, bytes or text, into the text to parse: decodes UTF-8 that is split anywhere, puts U+FFFD in place of
 * what is no UTF-8, and strips one byte order mark at the start (WHATWG HTML §9.2.6).
 */
export class TextReader {
  /** Made for the first bytes: not every stream has any. */
  private decoder: TextDecoder | undefined = undefined;
  private atStart = true;
  /** Whether there was a character of several bytes. */
  private wide = false;

  /**
   * Returns the text of the next chunk, as far as it is known. The caller may reuse the bytes.
   *
   * @throws {SseError} `invalid-option` for anything but a string and bytes.
   */
  read(chunk: string | Uint8Array): string {
    const text =
      typeof chunk !== "string" ? this.decode(chunk) : this.decoder ? this.afterBytes(chunk) : chunk;
    if (!this.atStart || text === "") return text;
    this.atStart = false;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** The next chunk starts another stream. */
  reset(): void {
    this.decoder = undefined;
    this.atStart = true;
  }

  private decode(chunk: Uint8Array): string {
    if (!ArrayBuffer.isView(chunk)) throw wrongChunk(chunk);
    // With `ignoreBOM` the decoder keeps the mark. It is stripped above, for bytes and text alike, and nowhere else.
    this.decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    // Behind an ASCII byte nothing is cut off, so that the decoder may end. On Node that is several times as fast, but only for ASCII.
    const stream = this.wide || !(chunk[chunk.length - 1]! < 0x80);
    const text = this.decoder.decode(chunk, { stream });
    this.wide ||= text.length < chunk.length;
    return text;
  }

  /** A character whose bytes are cut off by text is never completed. */
  private afterBytes(chunk: string): string {
    return this.decoder?.decode() + chunk;
  }
}

function wrongChunk(chunk: unknown): SseError {
  return new SseError("invalid-option", `a chunk is ${typeof chunk}: give a string or a Uint8Array`, {
    field: "chunk",
  });
}
