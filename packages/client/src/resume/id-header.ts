import { encodeUtf8 } from "@sse/core/internal";

/** The maximum length of an id in a header. Many servers accept 8 KB for a header. */
const maxBytes = 8_000;

/**
 * A value that no header can carry unchanged (RFC 9110 §5.5): with controls, or white space around
 * it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a header must not contain them.
const unsendable = /[\0-\x08\n-\x1f\x7f]|^[\t ]|[\t ]$/;

/**
 * Returns an id as the value of a `Last-Event-ID` header: its bytes in UTF-8 (WHATWG HTML §9.2.4),
 * one character for each, as `fetch` accepts them. `undefined` if a header cannot carry it.
 */
export function idHeader(id: string): string | undefined {
  if (id.length > maxBytes || unsendable.test(id)) return undefined;
  const bytes = encodeUtf8(id);
  return bytes.length > maxBytes ? undefined : String.fromCharCode(...bytes);
}
