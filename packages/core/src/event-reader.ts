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
    this.event = "";
    this.data = this.id = undefined;
    this.size = 0;
  }

  /**
   * One loop over locals, with the commonest lines in it: with methods for them, and members that are read and written at each line, an
   * event takes up to a third longer. For the same reason a blank line is taken together with the only data line before it.
   */
  private readLines(text: string): void {
    let start = 0;
    if (this.afterReturn) {
      this.afterReturn = false;
      if (text.charCodeAt(0) === LF) start = 1;
    }
    let feed = text.indexOf("\n", start);
    let back = text.indexOf("\r", start);
    if (this.pieces.length > 0 && (feed >= 0 || back >= 0)) {
      const joined = this.openLine + this.pieces + text;
      this.openLine = this.pieces = "";
      this.readLines(joined);
      return;
    }
    const { max, on } = this;
    // Most chunks are one event of one line, which needs no state.
    if (
      this.size + start === 0 &&
      back < 0 &&
      feed + 2 === text.length &&
      feed < max &&
      isData(text, 0) &&
      text.charCodeAt(feed + 1) === LF
    ) {
      on.onEvent("", valueAfter(4, text, feed), undefined);
      return;
    }
    let { event, data, id } = this;
    /** Where the open event would begin if all of it were in this text: `start - origin` is its size. */
    let origin = start - this.size;
    while (feed >= 0 || back >= 0) {
      let end = back < 0 || (feed >= 0 && feed < back) ? feed : back;
      if (start === end) {
        on.onEvent(event, data, id);
        event = "";
        data = id = undefined;
        origin = end + 1;
      } else if (end - origin >= max) {
        if (origin > -Infinity) on.onTooLarge();
        data = id = undefined;
        origin = -Infinity;
      } else if (isData(text, start)) {
        const value = valueAfter(start + 4, text, end);
        // The length is compared first, because a look past the end of a text makes V8 give up the compiled loop.
        if (data === undefined && back < 0 && end + 1 < text.length && text.charCodeAt(end + 1) === LF) {
          on.onEvent(event, value, id);
          event = "";
          id = undefined;
          end += 1;
          origin = end + 1;
        } else {
          data = data === undefined ? value : `${data}\n${value}`;
        }
      } else if (isComment(text, start)) {
        on.onComment?.(valueAfter(start, text, end));
        if (origin === start) origin = end + 1;
      } else if (isEvent(text, start)) {
        event = valueAfter(start + 5, text, end);
      } else if (isId(text, start)) {
        const value = valueAfter(start + 2, text, end);
        if (!value.includes("\0")) id = value;
      } else {
        const line = text.slice(start, end);
        const retry = /^retry: ?(\d+)$/.exec(line);
        if (retry) on.onRetry?.(Number(retry[1]));
        // Without a colon the value is empty.
        else if (line === "data") data = data === undefined ? "" : `${data}\n`;
        else if (line === "event") event = "";
        else if (line === "id") id = "";
      }
      start = end + 1;
      // The next end of each kind is searched for once, else a rare kind would take quadratic time.
      if (end === back) {
        if (feed === start) {
          start += 1;
          origin += 1;
        } else this.afterReturn = start === text.length;
        back = text.indexOf("\r", start);
      }
      if (feed >= 0 && feed < start) feed = start === text.length ? -1 : text.indexOf("\n", start);
    }
    const size = start - origin;
    if (size > 0 || this.size > 0) {
      this.size = size;
      this.event = event;
      this.data = data;
      this.id = id;
    }
    if (start < text.length) this.hold(text.slice(start));
  }

  /** Keeps the beginning of a line. Of one that is left out it is enough to know that it is not blank. */
  private hold(piece: string): void {
    this.afterReturn = false;
    this.pieces += piece;
    if (this.size + this.openLine.length + this.pieces.length > this.max) {
      if (this.size < Infinity) this.on.onTooLarge();
      this.data = this.id = undefined;
      this.size = Infinity;
      this.openLine = "";
      this.pieces = ":";
    } else if (this.pieces.length > piecesLength) {
      // Engines keep a sum as its parts, which take tens of bytes each. To take a part of it makes one text of them.
      this.openLine += this.pieces.slice(0, -1);
      this.pieces = this.pieces.slice(-1);
    }
  }
}

function hasLineEnd(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) return true;
  }
  return false;
}
