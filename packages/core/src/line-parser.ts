// biome-ignore-all lint/suspicious/noVar: V8 checks each use of a captured `let` or `const` for its dead zone, and there are ten in each chunk.

import { hasLineEnd, isComment, isData, isEvent, isId, LF, valueAfter } from "./characters.js";

/** Below this length a look at each character is faster than a native search. */
const tinyLength = 8;

/** So much of an open line is kept as the pieces in which it came. */
const piecesLength = 4096;

/**
 * Reads the events of a text that comes in pieces (WHATWG HTML §9.2.6), and leaves out each that is longer than a limit, up to the
 * blank line that ends it. Time is linear in the text, however it is cut.
 *
 * The length of an event is that of its lines, with one for each line end. A comment before its first field counts only by itself, so
 * that a stream of nothing but comments never grows too large.
 *
 * @param onEvent a blank line; what is `undefined` was absent before it.
 * @param onTooLarge the open event is longer than `max`, and left out.
 * @returns takes the next piece of the text.
 */
export function createEventReader(
  max: number,
  onEvent: (event: string, data: string | undefined, id: string | undefined) => void,
  onTooLarge: () => void,
  onRetry: (milliseconds: number) => void,
  onComment?: (comment: string) => void,
): (text: string) => void {
  /** What has come of a line that has no end yet, without its last pieces: these are not empty when there is such a line. */
  var openLine = "";
  var pieces = "";
  /** Whether the text so far ends with a CR: a line feed that follows belongs to it. */
  var afterReturn = false;
  /** Length of the open event with its open line; `Infinity` while it is left out. When it is 0, what follows is empty. */
  var size = 0;
  var event = "";
  var data: string | undefined;
  var id: string | undefined;

  function read(text: string): void {
    if (afterReturn && text.length > 0) {
      afterReturn = false;
      if (text.charCodeAt(0) === LF) text = text.slice(1);
    }
    const rest = text.length < tinyLength && !hasLineEnd(text) ? text : readWhole(text);
    if (rest.length === 0) return;
    // Of a line that is left out it is enough to know that it is not blank.
    pieces += rest;
    size += rest.length;
    if (size > max) {
      leaveOut();
      openLine = "";
      pieces = ":";
    } else if (pieces.length > piecesLength) {
      // Engines keep a sum as its parts, which take tens of bytes each. To take a part of it makes one text of them.
      openLine += pieces.slice(0, -1);
      pieces = pieces.slice(-1);
    }
  }

  /**
   * Reads the lines that have an end, and returns the rest. It is apart from what comes before and after it because V8 compiles what a
   * function calls into it only up to a limit: in one function, events of several lines take a quarter longer.
   */
  function readWhole(text: string): string {
    const feed = text.indexOf("\n");
    const back = text.indexOf("\r");
    if (feed < 0 && back < 0) return text;
    if (pieces.length > 0) {
      const line = openLine + pieces;
      openLine = pieces = "";
      size -= line.length;
      return readWhole(line + text);
    }
    if (
      // Most chunks are one event of one line, which needs no state.
      size === 0 &&
      back < 0 &&
      feed + 2 === text.length &&
      feed < max &&
      isData(text, 0, feed) &&
      text.charCodeAt(feed + 1) === LF
    ) {
      onEvent("", valueAfter(4, text, feed), undefined);
      return "";
    }
    return readLines(text, feed, back);
  }

  function beginEvent(): void {
    event = "";
    data = id = undefined;
    size = 0;
  }

  /**
   * One loop with all kinds of lines in it, the commonest first. A blank line is taken together with the only data line before it, which
   * saves a search.
   *
   * @param feed where the first LF is, -1 for none.
   * @param back likewise, of the first CR.
   */
  function readLines(text: string, feed: number, back: number): string {
    let start = 0;
    while (feed >= 0 || back >= 0) {
      let end = back < 0 || (feed >= 0 && feed < back) ? feed : back;
      const sizeAfter = size + end + 1 - start;
      if (start === end) {
        onEvent(event, data, id);
        beginEvent();
      } else if (sizeAfter > max) {
        leaveOut();
      } else if (isData(text, start, end)) {
        const value = valueAfter(start + 4, text, end);
        // The length is compared first, because a look past the end of a text makes V8 give up the compiled loop.
        if (data === undefined && back < 0 && end + 1 < text.length && text.charCodeAt(end + 1) === LF) {
          onEvent(event, value, id);
          beginEvent();
          end += 1;
        } else {
          data = data === undefined ? value : `${data}\n${value}`;
          size = sizeAfter;
        }
      } else if (isComment(text, start)) {
        onComment?.(valueAfter(start, text, end));
        if (size > 0) size = sizeAfter;
      } else {
        size = sizeAfter;
        if (isEvent(text, start, end)) {
          event = valueAfter(start + 5, text, end);
        } else if (isId(text, start, end)) {
          const value = valueAfter(start + 2, text, end);
          if (!value.includes("\0")) id = value;
        } else {
          const retry = /^retry: ?(\d+)$/.exec(text.slice(start, end));
          if (retry) onRetry(Number(retry[1]));
        }
      }
      start = end + 1;
      // The next end of each kind is searched for once, else a rare kind would take quadratic time.
      if (end === back) {
        if (feed === start) start += 1;
        else afterReturn = start === text.length;
        back = text.indexOf("\r", start);
      }
      if (feed >= 0 && feed < start) feed = start === text.length ? -1 : text.indexOf("\n", start);
    }
    return text.slice(start);
  }

  function leaveOut(): void {
    if (size < Infinity) onTooLarge();
    data = id = undefined;
    size = Infinity;
  }

  return read;
}
