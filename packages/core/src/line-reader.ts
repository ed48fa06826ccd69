import type { EventReader } from "./event-reader.js";

const LF = 10;

/** Cuts the text of a stream into lines, which end with LF, CR or CRLF. Time is linear in the text, however it comes. */
export class LineReader {
  readonly #events: EventReader;
  /** What has come of a line that has no end yet. */
  #open = "";
  /** Whether the text so far ends with a CR: a line feed that follows belongs to it. */
  #afterReturn = false;

  constructor(events: EventReader) {
    this.#events = events;
  }

  /** Hands the lines on that the text completes. */
  read(text: string): void {
    let start = 0;
    let feed = text.indexOf("\n");
    let back = text.indexOf("\r");
    if (this.#afterReturn && text !== "") {
      this.#afterReturn = false;
      if (feed === 0) {
        start = 1;
        feed = text.indexOf("\n", 1);
      }
    }
    // Each end is searched for once: where one kind is rare, a search at every line would take quadratic time.
    while (feed >= 0 || back >= 0) {
      const end = back < 0 || (feed >= 0 && feed < back) ? feed : back;
      this.#line(text, start, end);
      start = end + 1;
      if (end === back) {
        if (start === feed) start += 1;
        this.#afterReturn = start === text.length && end !== feed - 1;
        back = text.indexOf("\r", start);
      }
      if (feed >= 0 && feed < start) {
        feed = text.charCodeAt(start) === LF ? start : text.indexOf("\n", start);
      }
    }
    if (start < text.length) this.#hold(text.slice(start));
  }

  /** Forgets the open line: what follows is another stream. */
  reset(): void {
    this.#open = "";
    this.#afterReturn = false;
  }

  #line(text: string, start: number, end: number): void {
    if (this.#open === "") {
      this.#events.read(text, start, end);
    } else {
      const line = this.#open + text.slice(start, end);
      this.#open = "";
      this.#events.read(line, 0, line.length);
    }
  }

  #hold(piece: string): void {
    const open = this.#open + piece;
    // Of a line that is left out it is enough to know that it is not blank.
    this.#open = this.#events.fits(open.length) ? open : ":";
  }
}
