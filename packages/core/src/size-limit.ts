const LF = 10;
const CR = 13;
const COLON = 58;

/** What a {@link SizeLimit} needs. */
export interface SizeLimitOptions {
  /** Length of the largest event. */
  maxEventSize: number;
  /** Takes the text that is within the limit. */
  onText: (text: string) => void;
  /** The open event is too large: what was handed over of it is to be forgotten, and its rest will not come. */
  onTooLarge: () => void;
}

/**
 * Hands the text of a stream on as long as its events are within a size, and leaves out each that is not, up to the blank line that
 * ends it. Where the chunks are cut makes no difference.
 *
 * The size of an event is the length of its lines and one for each line end. A comment before its first field counts only by
 * itself, so that a stream of nothing but comments never grows too large.
 */
export class SizeLimit {
  readonly #max: number;
  readonly #onText: (text: string) => void;
  readonly #onTooLarge: () => void;
  /** Length of the open event so far. Stays above the limit while the event is skipped. */
  #size = 0;
  /** Whether the text so far ends within a line, and whether that is a comment that counts by itself. */
  #lineOpen = false;
  #leadingComment = false;
  /** Whether the text so far ends with a CR: a line feed that follows belongs to it. */
  #afterReturn = false;
  #skipping = false;

  constructor({ maxEventSize, onText, onTooLarge }: SizeLimitOptions) {
    this.#max = maxEventSize;
    this.#onText = onText;
    this.#onTooLarge = onTooLarge;
  }

  /** Takes the next text, which is not empty. */
  write(text: string): void {
    if (this.#size + text.length > this.#max) {
      this.#handOverWhatFits(text);
      return;
    }
    this.#onText(text);
    if (endsWithBlankLine(text)) this.startEvent();
    else this.#count(text);
  }

  /** The next text begins an event: it follows a blank line, or starts another stream. */
  startEvent(): void {
    this.#size = 0;
    this.#lineOpen = false;
    this.#leadingComment = false;
    this.#afterReturn = false;
    this.#skipping = false;
  }

  /** Counts a text that fits. Only what follows its last blank line matters. */
  #count(text: string): void {
    const returns = text.includes("\r");
    if (!returns && !text.includes("\n")) {
      this.#afterReturn = false;
      this.#growLine(text, 0, text.length);
      return;
    }
    let start = afterLastBlankLine(text, returns);
    if (start > 0) this.startEvent();
    while (start < text.length) start = this.#countLine(text, start, returns);
  }

  #handOverWhatFits(text: string): void {
    const returns = text.includes("\r");
    let rest = 0;
    for (let start = 0; start < text.length; ) {
      const skipped = this.#skipping;
      const next = this.#countLine(text, start, returns);
      if (skipped) {
        rest = next;
      } else if (this.#size > this.#max) {
        // The lines before this one are read wherever the chunks are cut: their comments and `retry` hold.
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
  #countLine(text: string, start: number, returns: boolean): number {
    if (this.#afterReturn) {
      this.#afterReturn = false;
      if (text.charCodeAt(start) === LF) return start + 1;
    }
    const end = lineEnd(text, start, returns);
    if (end > start) this.#growLine(text, start, end);
    if (end === text.length) return end;
    this.#endLine();
    this.#afterReturn = text.charCodeAt(end) === CR;
    return end + 1;
  }

  #growLine(text: string, start: number, end: number): void {
    if (!this.#lineOpen) this.#leadingComment = this.#size === 0 && text.charCodeAt(start) === COLON;
    this.#lineOpen = true;
    this.#size += end - start;
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

function endsWithBlankLine(text: string): boolean {
  const { length } = text;
  return text.charCodeAt(length - 1) === LF && text.charCodeAt(length - 2) === LF;
}

/** Index after the last blank line that one search finds, 0 when it finds none: lines ended by CR alone are rare. */
function afterLastBlankLine(text: string, returns: boolean): number {
  const blankLine = returns ? "\n\r\n" : "\n\n";
  const index = text.lastIndexOf(blankLine);
  return index === -1 ? 0 : index + blankLine.length;
}

/** Index of the next CR or LF, else the length. A native search where the text has no CR, because that is many times faster. */
function lineEnd(text: string, start: number, returns: boolean): number {
  if (!returns) {
    const feed = text.indexOf("\n", start);
    return feed === -1 ? text.length : feed;
  }
  let index = start;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) break;
  }
  return index;
}
