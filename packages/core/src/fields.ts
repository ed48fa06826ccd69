const COLON = 58;
const SPACE = 32;

// The names are compared letter by letter: to compare strings takes several times as long, which is most of the time of a parser.

/** Whether a line that begins at an index is `data` with a colon. */
export function isData(text: string, at: number): boolean {
  return (
    text.charCodeAt(at) === 100 &&
    text.charCodeAt(at + 1) === 97 &&
    text.charCodeAt(at + 2) === 116 &&
    text.charCodeAt(at + 3) === 97 &&
    text.charCodeAt(at + 4) === COLON
  );
}

/** As {@link isData}, for `event`. */
export function isEvent(text: string, at: number): boolean {
  return (
    text.charCodeAt(at) === 101 &&
    text.charCodeAt(at + 1) === 118 &&
    text.charCodeAt(at + 2) === 101 &&
    text.charCodeAt(at + 3) === 110 &&
    text.charCodeAt(at + 4) === 116 &&
    text.charCodeAt(at + 5) === COLON
  );
}

/** As {@link isData}, for `id`. */
export function isId(text: string, at: number): boolean {
  return text.charCodeAt(at) === 105 && text.charCodeAt(at + 1) === 100 && text.charCodeAt(at + 2) === COLON;
}

/** As {@link isData}, for a comment, which is a line without a name. */
export function isComment(text: string, at: number): boolean {
  return text.charCodeAt(at) === COLON;
}

/** What lies between the colon and the end of a line, without one leading space. */
export function valueAfter(colon: number, text: string, end: number): string {
  return text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, end);
}
