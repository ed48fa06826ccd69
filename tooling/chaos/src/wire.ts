/** A block of an event stream that a blank line has ended. */
export interface Block {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/**
 * Reads the wire format that this toolkit writes (`field: value`, LF), without any code of the
 * toolkit.
 */
export class WireReader {
  readonly #decoder = new TextDecoder();
  #rest = "";

  read(bytes: Uint8Array): Block[] {
    const blocks = `${this.#rest}${this.#decoder.decode(bytes, { stream: true })}`.split("\n\n");
    this.#rest = blocks.pop()!;
    return blocks.map(blockOf);
  }
}

function blockOf(text: string): Block {
  const fields = new Map(
    text.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  return {
    id: fields.get("id"),
    event: fields.get("event") ?? "message",
    data: fields.get("data") ?? "",
  };
}
