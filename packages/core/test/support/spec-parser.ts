/** A part of a stream's meaning, in the order of the stream. */
export type Meaning =
  | { kind: "event"; event: string; data: string; lastEventId: string; id?: string }
  | { kind: "comment"; text: string }
  | { kind: "retry"; milliseconds: number }
  | { kind: "too-large" };

export interface Interpretation {
  meanings: Meaning[];
  lastEventId: string;
}

export interface InterpretOptions {
  lastEventId?: string;
  maxEventSize?: number;
}

/**
 * Interprets a whole event stream, written from the text of WHATWG HTML §9.2.6 and from nothing
 * else: no state is carried from one chunk to the next, because there are no chunks. With
 * `maxEventSize` it also follows this package's rule for what is too large.
 */
export function interpret(stream: string | Uint8Array, options: InterpretOptions = {}): Interpretation {
  const text =
    typeof stream === "string" ? stream : new TextDecoder("utf-8", { ignoreBOM: true }).decode(stream);
  const { maxEventSize = Number.POSITIVE_INFINITY } = options;
  const meanings: Meaning[] = [];
  let lastEventId = options.lastEventId ?? "";
  let block: string[] = [];
  let size = 0;
  let skipping = false;

  for (const line of linesOf(text.startsWith("\uFEFF") ? text.slice(1) : text)) {
    if (line === "") {
      if (!skipping) dispatch();
      block = [];
      size = 0;
      skipping = false;
      continue;
    }
    if (skipping) continue;
    const alone = size === 0 && line.startsWith(":");
    size += line.length + 1;
    if (size > maxEventSize) {
      meanings.push({ kind: "too-large" });
      skipping = true;
      continue;
    }
    if (alone) size = 0;
    process(line);
  }
  return { meanings, lastEventId };

  function process(line: string): void {
    const { field, value } = fieldOf(line);
    if (field === "") meanings.push({ kind: "comment", text: value });
    else if (field === "retry" && /^[0-9]+$/.test(value)) {
      meanings.push({ kind: "retry", milliseconds: Math.min(Number(value), Number.MAX_SAFE_INTEGER) });
    } else block.push(line);
  }

  function dispatch(): void {
    let data = "";
    let event = "";
    let id: string | undefined;
    for (const { field, value } of block.map(fieldOf)) {
      if (field === "data") data += `${value}\n`;
      if (field === "event") event = value;
      if (field === "id" && !value.includes("\0")) id = value;
    }
    lastEventId = id ?? lastEventId;
    if (data === "") return;
    meanings.push({
      kind: "event",
      event: event === "" ? "message" : event,
      data: data.slice(0, -1),
      lastEventId,
      ...(id === undefined ? {} : { id }),
    });
  }
}

/** The lines that have an end. What follows the last of them is no line. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/).slice(0, -1);
}

/** A comment is the field without a name. */
function fieldOf(line: string): { field: string; value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { field: line, value: "" };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(" ") ? value.slice(1) : value };
}
