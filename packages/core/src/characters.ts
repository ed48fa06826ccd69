export const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

// The names are compared letter by letter: to compare strings takes several times as long, which is most of the time of a parser.

/** Whether the line from an index to its end is a `data` field. */
export function isData(text: string, at: number, end: number): boolean {
  return (
    text.charCodeAt(at) === 100 &&
    text.charCodeAt(at + 1) === 97 &&
    text.charCodeAt(at + 2) === 116 &&
    text.charCodeAt(at + 3) === 97 &&
    isNameEnd(text, at + 4, end)
  );
}

/** As {@link isData}, for `event`. */
export function isEvent(text: string, at: number, end: number): boolean {
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
export function isId(text: string, at: number, end: number): boolean {
  return text.charCodeAt(at) === 105 && text.charCodeAt(at + 1) === 100 && isNameEnd(text, at + 2, end);
}

/** As {@link isData}, for a comment, which is a line without a name. */
export function isComment(text: string, at: number): boolean {
  return text.charCodeAt(at) === COLON;
}

/** What lies between the end of a field's name and the end of the line, without the colon and one leading space. */
export function valueAfter(nameEnd: number, text: string, end: number): string {
  return text.slice(text.charCodeAt(nameEnd + 1) === SPACE ? nameEnd + 2 : nameEnd + 1, end);
}

/** A line that is all name has the empty value. */
function isNameEnd(text: string, at: number, end: number): boolean {
  return at === end || text.charCodeAt(at) === COLON;
}

/** Whether there is an LF or a CR. */
export function hasLineEnd(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) return true;
  }
  return false;
}
