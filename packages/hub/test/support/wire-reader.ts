/**
 * A block of lines that a blank line has ended: an event, or only fields or comments. A `retry`
 * ahead of a block is one of its own, because it holds at once.
 */
export interface WireBlock {
  readonly comments: readonly string[];
  /** The `id` field, `undefined` without one. */
  readonly id: string | undefined;
  readonly retry: number | undefined;
  /** The event's type, `message` without an `event` field. */
  readonly type: string;
  /** `undefined` without a `data` field: then nothing is dispatched. */
  readonly data: string | undefined;
}

/**
 * Reads a stream's bytes as a client does, written from the text of WHATWG HTML §9.2.6 and
 * independent of the parser in core. Bytes may be cut anywhere; a block that no blank line has
 * ended does not exist.
 */
export class WireReader {
  /** The value that the client would send as `Last-Event-ID`. */
  lastEventId = "";
  readonly #decoder = new TextDecoder();
  #line = "";
  #afterCarriageReturn = false;
  #idBuffer = "";
  #comments: string[] = [];
  #fields = new Map<string, string>();
  #data: string[] = [];

  /** Whether the bytes so far end inside a block, or a line. */
  get midway(): boolean {
    return this.#line !== "" || this.#fields.size > 0;
  }

  /** Reads on, and returns the blocks that have ended. */
  read(bytes: Uint8Array): WireBlock[] {
    const blocks: WireBlock[] = [];
    for (const character of this.#decoder.decode(bytes, { stream: true })) {
      const secondOfPair = character === "\n" && this.#afterCarriageReturn;
      this.#afterCarriageReturn = character === "\r";
      if (secondOfPair) continue;
      if (character !== "\n" && character !== "\r") {
        this.#line += character;
        continue;
      }
      if (this.#line === "") blocks.push(this.#endBlock());
      else {
        this.#takeLine(this.#line);
        if ([...this.#fields.keys()].join() === "retry") blocks.push(this.#endBlock());
      }
      this.#line = "";
    }
    return blocks;
  }

  #takeLine(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) {
      this.#comments.push(line.slice(1));
      return;
    }
    const name = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#idBuffer = value;
    this.#fields.set(name, value);
  }

  #endBlock(): WireBlock {
    const retry = this.#fields.get("retry");
    const block: WireBlock = {
      comments: this.#comments,
      id: this.#fields.get("id"),
      retry: retry !== undefined && /^[0-9]+$/.test(retry) ? Number(retry) : undefined,
      type: this.#fields.get("event") || "message",
      data: this.#data.length === 0 ? undefined : this.#data.join("\n"),
    };
    this.lastEventId = this.#idBuffer;
    this.#comments = [];
    this.#fields = new Map();
    this.#data = [];
    return block;
  }
}

/** Reads all these bytes as a client does. */
export function readWire(...chunks: readonly Uint8Array[]): { blocks: WireBlock[]; lastEventId: string } {
  const reader = new WireReader();
  const blocks = chunks.flatMap((chunk) => reader.read(chunk));
  return { blocks, lastEventId: reader.lastEventId };
}
