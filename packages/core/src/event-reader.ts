const COLON = 58;
const SPACE = 32;

/** What an {@link EventReader} tells. */
export interface EventReaderCallbacks {
  /** A blank line after an id or data; what was absent is `undefined`. */
  onEvent: (event: string, data: string | undefined, id: string | undefined) => void;
  onRetry: ((milliseconds: number) => void) | undefined;
  onComment: ((comment: string) => void) | undefined;
  /** The open event is longer than the limit, and left out. */
  onTooLarge: () => void;
}

/**
 * Makes events of lines (WHATWG HTML §9.2.6), and leaves out each that is longer than a limit, up to the blank line that ends it.
 *
 * The length of an event is that of its lines, with one for each line end. A comment before its first field counts only by itself, so
 * that a stream of nothing but comments never grows too large.
 */
export class EventReader {
  readonly #max: number;
  readonly #on: EventReaderCallbacks;
  /** Length of the open event's lines; `Infinity` while it is left out. */
  #size = 0;
  #event = "";
  #data: string | undefined;
  #id: string | undefined;

  constructor(maxEventSize: number, callbacks: EventReaderCallbacks) {
    this.#max = maxEventSize;
    this.#on = callbacks;
  }

  /** Takes a line: the part of a text between two indexes. */
  read(text: string, start: number, end: number): void {
    if (start === end) this.#endEvent();
    else if (this.fits(end - start + 1)) this.#readField(text, start, end);
  }

  /** Whether the open event may become longer by so much. Otherwise it is left out, which is told once. */
  fits(length: number): boolean {
    if (this.#size + length <= this.#max) return true;
    if (this.#size < Infinity) {
      this.reset();
      this.#size = Infinity;
      this.#on.onTooLarge();
    }
    return false;
  }

  /** Forgets the open event. */
  reset(): void {
    this.#size = 0;
    this.#event = "";
    this.#data = this.#id = undefined;
  }

  #readField(text: string, start: number, end: number): void {
    // By its first letter a line can have one name only: to compare it with all of them takes longer than the rest of the parser.
    const first = text.charCodeAt(start);
    if (first === COLON) {
      if (this.#size > 0) this.#size += end - start + 1;
      this.#on.onComment?.(valueAfter("", text, start, end) as string);
      return;
    }
    this.#size += end - start + 1;
    if (first === 100) {
      const value = valueAfter("data", text, start, end);
      if (value !== undefined) this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (first === 101) {
      this.#event = valueAfter("event", text, start, end) ?? this.#event;
    } else if (first === 105) {
      const value = valueAfter("id", text, start, end);
      if (value?.includes("\0") === false) this.#id = value;
    } else if (first === 114) {
      const value = valueAfter("retry", text, start, end);
      if (value && /^\d+$/.test(value)) this.#on.onRetry?.(Number(value));
    }
  }

  #endEvent(): void {
    const event = this.#event;
    const data = this.#data;
    const id = this.#id;
    this.reset();
    if (data !== undefined || id !== undefined) this.#on.onEvent(event || "message", data, id);
  }
}

/** The value of a line that has this field name, without one leading space; `undefined` when it has another name. */
function valueAfter(name: string, text: string, start: number, end: number): string | undefined {
  if (!text.startsWith(name, start)) return undefined;
  const colon = start + name.length;
  if (colon === end) return "";
  if (text.charCodeAt(colon) !== COLON) return undefined;
  return text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, end);
}
