/**
 * Holds bytes in one buffer of at most twice their length. A list of chunks would hold, for a body
 * in chunks of one byte, hundreds of times its length.
 */
export class GrowingBuffer {
  length = 0;
  #buffer = new Uint8Array(0);
  #discarded = false;

  append(chunk: Uint8Array): void {
    if (this.#discarded) return;
    const length = this.length + chunk.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, this.#buffer.length * 2, minBufferLength));
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.length);
    this.length = length;
  }

  /** Releases the bytes, and drops those that follow. */
  discard(): void {
    this.#buffer = new Uint8Array(0);
    this.length = 0;
    this.#discarded = true;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }
}

/** Most requests fit. */
const minBufferLength = 1_024;
