import { isComment, isData, isEvent, isId, valueAfter } from "./fields.js";

const LF = 10;
const CR = 13;

/** Below this length a look at each character is faster than a native search. */
const tinyLength = 8;

/** So much of an open line is kept as the pieces in which it came. */
const piecesLength = 4096;

/** What an {@link EventReader} tells. */
export interface EventReaderCallbacks {
  /** A blank line; what is `undefined` was absent before it. */
  onEvent: (event: string, data: string | undefined, id: string | undefined) => void;
  onRetry: ((milliseconds: number) => void) | undefined;
  onComment: ((comment: string) => void) | undefined;
  /** The open event is longer than the limit, and left out. */
  onTooLarge: () => void;
}

/**
 * Reads the events of a text that comes in pieces (WHATWG HTML §9.2.6), and leaves out each that is longer than a limit, up to the
 * blank line that ends it. Time is linear in the text, however it is cut.
 *
 * The length of an event is that of its lines, with one for each line end. A comment before its first field counts only by itself, so
 * that a stream of nothing but comments never grows too large.
 *
 * The members are not `#private`, which makes each event take up to a third longer on Node 20; and a member is only written when it
 * changes, which is as dear as to find a line.
 */
export class EventReader {
  private readonly max: number;
  private readonly on: EventReaderCallbacks;
  /** What has come of a line that has no end yet, without its last pieces: these are not empty when there is such a line. */
  private openLine = "";
  private pieces = "";
  /** Whether the text so far ends with a CR: a line feed that follows belongs to it. */
  private afterReturn = false;
  /** Length of the open event without its open line; `Infinity` while it is left out. */
  private size = 0;
  private event = "";
  private data: string | undefined = undefined;
  private id: string | undefined = undefined;

  constructor(maxEventSize: number, callbacks: EventReaderCallbacks) {
    this.max = maxEventSize;
    this.on = callbacks;
  }

  /** Takes the next piece of the text. */
  read(text: string): void {
    if (text.length >= tinyLength || hasLineEnd(text)) this.readLines(text);
    else if (text.length > 0) this.hold(text);
  }

  /** Forgets all: the next text is that of another stream. */
  reset(): void {
    this.openLine = this.pieces = "";
    this.afterReturn = false;
    this.startEvent();
  }

  /**
   * One loop, with the commonest lines in it: as methods of their own they make an event take a fifth longer. For the same reason a
   * blank line is taken together with the only data line before it: the data need not be kept in between.
   */
  private readLines(text: string): void {
    let start = this.afterReturn && text.charCodeAt(0) === LF ? 1 : 0;
    this.afterReturn = false;
    let feed = text.indexOf("\n", start);
    let back = text.indexOf("\r", start);
    if (this.pieces.length > 0 && (feed >= 0 || back >= 0)) {
      const joined = this.openLine + this.pieces + text;
      this.openLine = this.pieces = "";
      this.readLines(joined);
      return;
    }
    while (feed >= 0 || back >= 0) {
      const end = back < 0 || (feed >= 0 && feed < back) ? feed : back;
      if (start === end) {
        this.endEvent(this.data);
      } else if (isData(text, start) && this.fits(end - start + 1)) {
        const value = valueAfter(start + 4, text, end);
        if (back < 0 && end + 1 < text.length && text.charCodeAt(end + 1) === LF && this.data === undefined) {
          start = end + 2;
          this.endEvent(value);
          feed = start === text.length ? -1 : text.indexOf("\n", start);
          continue;
        }
        this.size += end - start + 1;
        this.addData(value);
      } else if (isEvent(text, start) && this.fits(end - start + 1)) {
        this.size += end - start + 1;
        this.event = valueAfter(start + 5, text, end);
      } else if (this.fits(end - start + 1)) {
        this.readField(text, start, end);
      }
      start = end + 1;
      // The next end of each kind is searched for once, else a rare kind would take quadratic time.
      if (end === back) {
        if (feed === start) start += 1;
        else this.afterReturn = start === text.length;
        back = text.indexOf("\r", start);
      }
      if (feed >= 0 && feed < start) feed = start === text.length ? -1 : text.indexOf("\n", start);
    }
    if (start < text.length) this.hold(text.slice(start));
  }

  private readField(text: string, start: number, end: number): void {
    const comment = isComment(text, start);
    if (this.size > 0 || !comment) this.size += end - start + 1;
    if (comment) this.on.onComment?.(valueAfter(start, text, end));
    else if (isId(text, start)) this.setId(valueAfter(start + 2, text, end));
    else this.readRareField(text.slice(start, end));
  }

  private readRareField(line: string): void {
    const retry = /^retry: ?(\d+)$/.exec(line);
    if (retry) this.on.onRetry?.(Number(retry[1]));
    // Without a colon the value is empty.
    else if (line === "data") this.addData("");
    else if (line === "event") this.event = "";
    else if (line === "id") this.id = "";
  }

  private addData(value: string): void {
    this.data = this.data === undefined ? value : `${this.data}\n${value}`;
  }

  private setId(value: string): void {
    if (!value.includes("\0")) this.id = value;
  }

  private endEvent(data: string | undefined): void {
    const { event, id } = this;
    this.startEvent();
    this.on.onEvent(event || "message", data, id);
  }

  private startEvent(): void {
    this.size = 0;
    if (this.event !== "") this.event = "";
    if (this.data !== undefined) this.data = undefined;
    if (this.id !== undefined) this.id = undefined;
  }

  /** Keeps the beginning of a line. Of one that is left out it is enough to know that it is not blank. */
  private hold(piece: string): void {
    this.afterReturn = false;
    this.pieces += piece;
    if (!this.fits(this.openLine.length + this.pieces.length)) {
      this.openLine = "";
      this.pieces = ":";
    } else if (this.pieces.length > piecesLength) {
      // Engines keep a sum as its parts, which take tens of bytes each. To take a part of it makes one text of them.
      this.openLine += this.pieces.slice(0, -1);
      this.pieces = this.pieces.slice(-1);
    }
  }

  /** Whether the open event may become longer by so much. Otherwise it is left out, which is told once. */
  private fits(length: number): boolean {
    if (this.size + length <= this.max) return true;
    if (this.size < Infinity) {
      this.startEvent();
      this.size = Infinity;
      this.on.onTooLarge();
    }
    return false;
  }
}

function hasLineEnd(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) return true;
  }
  return false;
}
