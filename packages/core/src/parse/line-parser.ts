// V8 checks each use of a captured `let` or `const` for its dead zone. Measured on Node 20: with
// `let` a chunk of one line takes 15 % more CPU, other small chunks 3 to 5 %, large ones the same.
// biome-ignore-all lint/suspicious/noVar: for speed, see above.

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/** Below this length a loop over the characters is faster than a native search. */
const maxLoopLength = 8;

/** The maximum length of an open line that is kept as the pieces in which it was received. */
const maxPiecesLength = 4096;

/**
 * Creates a parser of the events in a text that is received in pieces (WHATWG HTML §9.2.6). It
 * skips each event that is longer than a limit, up to the blank line that ends it. Its time is
 * linear in the text, however that is cut.
 *
 * The length of an event is that of its lines, with one for each line end. A comment before its
 * first field counts only by itself, so that a stream of comments alone never grows too large.
 *
 * @param onEvent called for a blank line; a field is `undefined` if it was absent.
 * @param onTooLarge called when the open event becomes longer than `max`, and is skipped.
 * @returns a function that parses the next piece of the text.
 */
// Over 40 lines: a closure over the state of one stream, in functions of their own.
export function createLineParser(
  max: number,
  onEvent: (event: string, data: string | undefined, id: string | undefined) => void,
  onTooLarge: () => void,
  onRetry: (milliseconds: number) => void,
  onComment?: (comment: string) => void,
): (text: string) => void {
  /**
   * The open line, which has no end yet, without its last pieces. These are not empty while there
   * is one.
   */
  var openLine = "";
  var pieces = "";
  /** Whether the text so far ends with a CR: a line feed that follows belongs to it. */
  var afterReturn = false;
  /**
   * Length of the open event with its open line; `Infinity` while it is skipped. At 0 the fields
   * below are empty.
   */
  var size = 0;
  var event = "";
  var data: string | undefined;
  var id: string | undefined;

  function parse(text: string): void {
    if (afterReturn && text.length > 0) {
      afterReturn = false;
      if (text.charCodeAt(0) === LF) text = text.slice(1);
    }
    const rest = text.length < maxLoopLength && !hasLineEnd(text) ? text : parseComplete(text);
    if (rest.length === 0) return;
    // For a line that is skipped it is enough to know that it is not blank.
    pieces += rest;
    size += rest.length;
    if (size > max) {
      skipEvent();
      openLine = "";
      pieces = ":";
    } else if (pieces.length > maxPiecesLength) {
      // Engines store a concatenation as its parts, at tens of bytes each. `slice` makes one string
      // of them.
      openLine += pieces.slice(0, -1);
      pieces = pieces.slice(-1);
    }
  }

  /**
   * Parses the complete lines, and returns the rest. It is a function of its own because V8 inlines
   * calls only up to a limit: in one function with `parse`, events of several lines take 25 %
   * longer.
   */
  function parseComplete(text: string): string {
    const feed = text.indexOf("\n");
    const back = text.indexOf("\r");
    if (feed < 0 && back < 0) return text;
    if (pieces.length > 0) {
      const line = openLine + pieces;
      openLine = pieces = "";
      size -= line.length;
      return parseComplete(line + text);
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
    return parseLines(text, feed, back);
  }

  function startEvent(): void {
    event = "";
    data = id = undefined;
    size = 0;
  }

  /**
   * Parses lines in one loop over all kinds, the most frequent first. A blank line is handled
   * together with the only data line before it, which saves a search.
   *
   * @param feed index of the first LF, -1 for none.
   * @param back index of the first CR, -1 for none.
   */
  // Over 40 lines: with the fields in a function of their own, events with an id take 4 to 9 %
  // longer.
  function parseLines(text: string, feed: number, back: number): string {
    let start = 0;
    while (feed >= 0 || back >= 0) {
      let end = back < 0 || (feed >= 0 && feed < back) ? feed : back;
      const sizeAfter = size + end + 1 - start;
      if (start === end) {
        onEvent(event, data, id);
        startEvent();
      } else if (sizeAfter > max) {
        skipEvent();
      } else if (isData(text, start, end)) {
        const value = valueAfter(start + 4, text, end);
        // The length is compared first: an index past the end of a string deoptimizes the loop in
        // V8.
        if (data === undefined && back < 0 && end + 1 < text.length && text.charCodeAt(end + 1) === LF) {
          onEvent(event, value, id);
          startEvent();
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
      // The next end of each kind is searched for once; otherwise a rare kind would take quadratic
      // time.
      if (end === back) {
        if (feed === start) start += 1;
        else afterReturn = start === text.length;
        back = text.indexOf("\r", start);
      }
      if (feed >= 0 && feed < start) feed = start === text.length ? -1 : text.indexOf("\n", start);
    }
    return text.slice(start);
  }

  function skipEvent(): void {
    if (size < Infinity) onTooLarge();
    data = id = undefined;
    size = Infinity;
  }

  return parse;
}

// Field names are compared by character codes: comparing strings takes several times as long, and
// that is most of the time of a parser.

/** Returns whether the line from an index to its end is a `data` field. */
function isData(text: string, at: number, end: number): boolean {
  return (
    text.charCodeAt(at) === 100 &&
    text.charCodeAt(at + 1) === 97 &&
    text.charCodeAt(at + 2) === 116 &&
    text.charCodeAt(at + 3) === 97 &&
    isNameEnd(text, at + 4, end)
  );
}

/** As {@link isData}, for `event`. */
function isEvent(text: string, at: number, end: number): boolean {
  return (
    text.charCodeAt(at) === 101 &&
    text.charCodeAt(at + 1) === 118 &&
    text.charCodeAt(at + 2) === 101 &&
    text.charCodeAt(at + 3) === 110 &&
    text.charCodeAt(at + 4) === 116 &&
    isNameEnd(text, at + 5, end)
  );
}

/** As {@link isData}, for `id`. */
function isId(text: string, at: number, end: number): boolean {
  return text.charCodeAt(at) === 105 && text.charCodeAt(at + 1) === 100 && isNameEnd(text, at + 2, end);
}

/** As {@link isData}, for a comment, which is a line without a name. */
function isComment(text: string, at: number): boolean {
  return text.charCodeAt(at) === COLON;
}

/** Returns the text after a field's name, without the colon and one leading space. */
function valueAfter(nameEnd: number, text: string, end: number): string {
  return text.slice(text.charCodeAt(nameEnd + 1) === SPACE ? nameEnd + 2 : nameEnd + 1, end);
}

/** Returns whether a name ends at an index. A line that is only a name has the empty value. */
function isNameEnd(text: string, at: number, end: number): boolean {
  return at === end || text.charCodeAt(at) === COLON;
}

/** Returns whether a string contains an LF or a CR. */
function hasLineEnd(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) return true;
  }
  return false;
}
