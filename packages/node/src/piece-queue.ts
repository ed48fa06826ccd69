/** Bytes that are written at a time of a large array. */
const pieceBytes = 16_384;

/** The bytes of an array above which it is written in pieces. */
export const maxWholeBytes = 65_536;

/**
 * Writes large arrays in pieces, one after the other. A transport reports nothing of a write until
 * the last byte of it has left, so that a client which reads a large one would look stalled.
 */
export class PieceQueue {
  readonly #write: (piece: Uint8Array, onWritten: () => void) => void;
  readonly #onEmpty: () => void;
  #arrays: Uint8Array[] = [];
  #bytes = 0;
  #isWriting = false;

  /**
   * @param write writes a piece, and calls back once it has left.
   * @param onEmpty called each time that the last piece has left.
   */
  constructor(write: (piece: Uint8Array, onWritten: () => void) => void, onEmpty: () => void) {
    this.#write = write;
    this.#onEmpty = onEmpty;
  }

  /** The bytes that have not been written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a piece waits, or is being written. */
  get isBusy(): boolean {
    return this.#isWriting;
  }

  /** Writes an array after those that wait. */
  push(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#arrays.push(bytes);
    this.#bytes += bytes.byteLength;
    if (!this.#isWriting) this.#next();
  }

  readonly #next = (): void => {
    const [first] = this.#arrays;
    const wasWriting = this.#isWriting;
    this.#isWriting = first !== undefined;
    if (first === undefined) {
      if (wasWriting) this.#onEmpty();
      return;
    }
    const piece = first.subarray(0, pieceBytes);
    if (piece.byteLength === first.byteLength) this.#arrays.shift();
    else this.#arrays[0] = first.subarray(pieceBytes);
    this.#bytes -= piece.byteLength;
    this.#write(piece, this.#next);
  };
}
