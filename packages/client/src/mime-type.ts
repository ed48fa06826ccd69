/** The MIME type of an event stream. */
export const eventStreamType = "text/event-stream";

/** A part of a header between commas, where a comma in quotes does not count. */
const part = /(?:[^",]|"(?:\\.|[^"\\])*"?)+/g;
const essence = /^[\t ]*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[\t ]*(?:;|$)/;

/**
 * Whether a `Content-Type` header is that of an event stream, by Fetch's "extract a MIME type": of
 * several types the last valid one counts. Parameters are ignored: an event stream is always UTF-8.
 */
export function isEventStreamType(header: string | null | undefined): boolean {
  const types = (header?.match(part) ?? []).flatMap((type) => essence.exec(type)?.[1]?.toLowerCase() ?? []);
  return types.findLast((type) => type !== "*/*") === eventStreamType;
}
