import { SseError } from "./errors.js";

/** A chunk below this length that holds no line end waits for more: no line can end with it, and one by one they are dear. */
const smallChunk = 256;

/** As much waits at most. */
const holdLimit = 4096;

/**
 * Turns the chunks of a stream, bytes or text, into the text to parse: decodes UTF-8 that is split anywhere, puts U+FFFD in place of
 * what is no UTF-8, strips one byte order mark at the start (WHATWG HTML §9.2.6), and gathers tiny chunks.
 */
export class ChunkReader {
  // With `ignoreBOM` the decoder keeps the mark. It is stripped below, for bytes and text alike, and nowhere else.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #onText: (text: string) => void;
  /** Gets its place on first use: most streams come in whole events and need none. */
  #heldBytes = new Uint8Array();
  #heldLength = 0;
  #heldText = "";
  #atStart = true;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  /**
   * Takes the next chunk, and hands over the text that is ready, none of it empty. The caller may reuse the bytes.
   *
   * @throws {SseError} `invalid-option` for anything but a string and bytes.
   */
  read(chunk: string | Uint8Array): void {
    if (typeof chunk !== "string") this.#readBytes(chunk);
    else if (this.#heldLength === 0 && this.#heldText === "" && endsWithLineFeed(chunk)) this.#emit(chunk);
    else this.#readText(chunk);
  }

  /** Forgets what is held: the next chunk starts another stream. */
  reset(): void {
    this.#heldLength = 0;
    this.#heldText = "";
    this.#atStart = true;
  }

  #readText(chunk: string): void {
    // A character whose bytes are cut off by text is never completed.
    if (this.#heldLength > 0) this.#emit(this.#decoder.decode(this.#takeHeldBytes()));
    this.#heldText += chunk;
    if (chunk.length >= smallChunk || this.#heldText.length >= holdLimit || textHasLineEnd(chunk)) {
      this.#emitHeldText();
    }
  }

  #readBytes(chunk: Uint8Array): void {
    if (!ArrayBuffer.isView(chunk)) throw wrongChunk(chunk);
    if (this.#heldText !== "") this.#emitHeldText();
    const fits = chunk.length < smallChunk && this.#heldLength + chunk.length <= holdLimit;
    if (fits && !bytesHaveLineEnd(chunk)) {
      this.#hold(chunk);
      return;
    }
    const bytes = this.#heldLength > 0 ? concat(this.#takeHeldBytes(), chunk) : chunk;
    const end = completeLength(bytes);
    this.#emit(this.#decoder.decode(end < bytes.length ? bytes.subarray(0, end) : bytes));
    if (end < bytes.length) this.#hold(bytes.subarray(end));
  }

  #hold(bytes: Uint8Array): void {
    if (this.#heldBytes.length === 0) this.#heldBytes = new Uint8Array(holdLimit);
    this.#heldBytes.set(bytes, this.#heldLength);
    this.#heldLength += bytes.length;
  }

  #takeHeldBytes(): Uint8Array {
    const held = this.#heldBytes.subarray(0, this.#heldLength);
    this.#heldLength = 0;
    return held;
  }

  #emitHeldText(): void {
    const text = this.#heldText;
    this.#heldText = "";
    this.#emit(text);
  }

  #emit(text: string): void {
    if (text === "") return;
    const marked = this.#atStart && text.charCodeAt(0) === 0xfeff;
    this.#atStart = false;
    this.#onText(marked ? text.slice(1) : text);
  }
}

function endsWithLineFeed(text: string): boolean {
  return text.charCodeAt(text.length - 1) === 10;
}

function textHasLineEnd(text: string): boolean {
  return text.includes("\n") || text.includes("\r");
}

function bytesHaveLineEnd(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte === 10 || byte === 13) return true;
  }
  return false;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/**
 * The length up to which bytes decode the same whatever follows: the last character is left out when it may be incomplete. To keep
 * its bytes back here, instead of in a streaming decoder, is several times faster: Node decodes whole texts on a path of its own.
 */
function completeLength(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - 3);
  for (let index = bytes.length - 1; index >= first; index--) {
    const byte = bytes[index] as number;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return index;
  }
  return bytes.length;
}

function wrongChunk(chunk: unknown): SseError {
  const type = Object.prototype.toString.call(chunk).slice("[object ".length, -1);
  return new SseError("invalid-option", `a chunk is a ${type}: give a string or a Uint8Array`, {
    field: "chunk",
  });
}
