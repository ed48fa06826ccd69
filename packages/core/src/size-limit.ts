const LF = 10;
const CR = 13;
const COLON = 58;

/** UTF-16 units that may stay uncounted, however far the limit is: bounds what is kept only to be counted. */
const uncountedLimit = 1024 * 1024;

/** What a {@link SizeLimit} needs. */
export interface SizeLimitOptions {
  /** Bytes of the largest event; `Infinity`: no limit. */
  maxEventSize: number;
  /** Takes the text that is within the limit. */
  onText(text: string): void;
  /** The open event is too large: what was handed over of it is to be forgotten, and its rest will not come. */
  onTooLarge(): void;
}

/**
 * Hands the text of a stream on as long as its events are within a size, and leaves out each that is not, up to the blank line that
 * ends it. Where the chunks are cut makes no difference.
 *
 * The size of an event is the UTF-8 length of its lines and one byte for each line end. A comment before its first field counts
 * only by itself, so that a stream of nothing but comments never grows too large.
 *
 * Counting takes longer than parsing. So text is counted, once, only when it would exceed the limit with three bytes for each
 * UTF-16 unit, which is the most that there can be.
 */
export class SizeLimit {
  readonly #max: number;
  readonly #onText: (text: string) => void;
  readonly #onTooLarge: () => void;
  /** What was handed over since the last count or blank line. */
  #uncounted = "";
  /** Counted bytes of the open event. */
  #size = 0;
  /** Whether the counted text ends within a line, and whether that line is a comment that counts by itself. */
  #lineOpen = false;
  #leadingComment = false;
  /** Whether the counted text ends with a CR: a line feed that follows belongs to it. */
  #afterReturn = false;
  #skipping = false;

  constructor(options: SizeLimitOptions) {
    this.#max = options.maxEventSize;
    this.#onText = options.onText;
    this.#onTooLarge = options.onTooLarge;
  }

  /** Takes the next text, which is not empty. */
  write(text: string): void {
    if (this.#max === Number.POSITIVE_INFINITY) {
      this.#onText(text);
      return;
    }
    if (!this.#surelyFits(text)) this.#countHandedOver();
    if (this.#surelyFits(text)) this.#handOver(text);
    else this.#handOverWhatFits(text);
  }

  /** The next text begins an event: it follows a blank line, or starts another stream. */
  startEvent(): void {
    this.#uncounted = "";
    this.#size = 0;
    this.#lineOpen = false;
    this.#leadingComment = false;
    this.#afterReturn = false;
    this.#skipping = false;
  }

  #surelyFits(text: string): boolean {
    return !this.#skipping && this.#size + 3 * (this.#uncounted.length + text.length) <= this.#max;
  }

  #handOver(text: string): void {
    this.#onText(text);
    if (text.endsWith("\n\n") || text.endsWith("\r\n\r\n")) {
      this.startEvent();
      return;
    }
    const blankLine = text.lastIndexOf("\n\n");
    if (blankLine === -1) {
      this.#uncounted += text;
    } else {
      this.startEvent();
      this.#uncounted = text.slice(blankLine + 2);
    }
    if (this.#uncounted.length > uncountedLimit) this.#countHandedOver();
  }

  #countHandedOver(): void {
    const text = this.#uncounted;
    this.#uncounted = "";
    for (let index = 0; index < text.length; ) index = this.#countLine(text, index);
  }

  #handOverWhatFits(text: string): void {
    let rest = 0;
    for (let start = 0; start < text.length; ) {
      const skipped = this.#skipping;
      const next = this.#countLine(text, start);
      if (skipped) {
        rest = next;
      } else if (this.#size > this.#max) {
        // The lines before this one have been read wherever the chunks were cut: their comments and `retry` count.
        if (start > rest) this.#onText(text.slice(rest, start));
        this.#skipping = true;
        rest = next;
        this.#onTooLarge();
      }
      start = next;
    }
    if (rest < text.length) this.#onText(text.slice(rest));
  }

  /** Counts the line, or what there is of it, that begins or goes on at an index. Returns the index after it. */
  #countLine(text: string, start: number): number {
    if (this.#afterReturn) {
      this.#afterReturn = false;
      if (text.charCodeAt(start) === LF) return start + 1;
    }
    let index = start;
    let code = 0;
    let size = 0;
    for (; index < text.length; index++) {
      code = text.charCodeAt(index);
      if (code === LF || code === CR) break;
      size += utf8Length(code);
    }
    if (index > start) this.#growLine(size, text.charCodeAt(start));
    if (index === text.length) return index;
    this.#endLine();
    this.#afterReturn = code === CR;
    return index + 1;
  }

  #growLine(size: number, firstCode: number): void {
    if (!this.#lineOpen) this.#leadingComment = this.#size === 0 && firstCode === COLON;
    this.#lineOpen = true;
    this.#size += size;
  }

  #endLine(): void {
    if (!this.#lineOpen) {
      this.startEvent();
      return;
    }
    this.#lineOpen = false;
    this.#size += 1;
    if (this.#leadingComment && this.#size <= this.#max) this.#size = 0;
  }
}

/** Bytes of a UTF-16 unit; the two halves of a surrogate pair are two each. */
function utf8Length(code: number): number {
  if (code < 0x80) return 1;
  return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
}
