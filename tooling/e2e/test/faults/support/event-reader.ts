/** An event as it stands on the wire. */
export interface WireEvent {
  readonly type: string;
  readonly data: string;
}

/**
 * Reads a stream's bytes as a client does, by the text of WHATWG HTML §9.2.6 and independent of the
 * parser in core. Bytes may be cut anywhere; an event that no blank line has ended does not exist.
 * It takes the line ends that the server writes: LF.
 */
export class EventReader {
  /** The value that the client would send as `Last-Event-ID`. */
  lastEventId = "";
  /** The last `retry` that was told. */
  retry: number | undefined;
  #rest = "";
  readonly #decoder = new TextDecoder();

  /** Reads on, and returns the events that have ended. */
  read(bytes: Uint8Array): WireEvent[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const blocks = this.#rest.split("\n\n");
    this.#rest = blocks.pop() ?? "";
    const events = blocks.flatMap((block) => this.#eventFrom(block));
    // Of all fields `retry` alone takes effect with its line, before a blank line.
    const [, retry] = /^retry: (\d+)\n/m.exec(this.#rest) ?? [];
    if (retry !== undefined) this.retry = Number(retry);
    return events;
  }

  #eventFrom(block: string): WireEvent[] {
    const data: string[] = [];
    let type = "message";
    for (const line of block.split("\n")) {
      const [, field, value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === "id") this.lastEventId = value;
      if (field === "retry") this.retry = Number(value);
      if (field === "event") type = value;
      if (field === "data") data.push(value);
    }
    return data.length === 0 ? [] : [{ type, data: data.join("\n") }];
  }
}
