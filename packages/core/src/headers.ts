import { invalidOption, typeOf } from "./errors.js";

/**
 * Response headers of an event stream. Frozen.
 *
 * - `no-transform` keeps compression middleware from buffering the stream; `X-Accel-Buffering` does
 *   the same for nginx.
 * - `nosniff` keeps a browser from guessing another content type.
 * - `Connection` is absent on purpose: it is forbidden in HTTP/2 (RFC 9113 §8.2.2) and the default
 *   in HTTP/1.1.
 */
export const eventStreamHeaders: Readonly<{
  "Content-Type": "text/event-stream";
  "Cache-Control": "no-cache, no-store, no-transform";
  "X-Accel-Buffering": "no";
  "X-Content-Type-Options": "nosniff";
}> = /* @__PURE__ */ Object.freeze({
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache, no-store, no-transform",
  "X-Accel-Buffering": "no",
  "X-Content-Type-Options": "nosniff",
});

/**
 * Returns whether a request's `Accept` header allows `text/event-stream` (RFC 9110 §12.5.1). An
 * absent or empty header accepts everything; the most specific range decides; `q=0` excludes.
 * Parameters other than `q` are ignored.
 *
 * @param accept the header's value, or its values where a runtime has a list.
 * @throws {SseError} `invalid-option` for anything else.
 */
export function acceptsEventStream(accept: string | readonly string[] | null | undefined): boolean {
  const value = typeof accept === "string" ? accept : listOf(accept).join(",");
  // The second is what an `EventSource` sends.
  if (value.trim() === "" || value === "text/event-stream") return true;
  let specificity = 0;
  let quality = 0;
  for (const range of splitList(value.slice(0, maxAcceptLength))) {
    const rank = rankOf(range);
    if (rank < specificity || rank === 0) continue;
    quality = rank > specificity ? qualityOf(range) : Math.max(quality, qualityOf(range));
    specificity = rank;
  }
  return quality > 0;
}

function listOf(accept: readonly string[] | null | undefined): readonly string[] {
  if (accept === null || accept === undefined) return [];
  if (Array.isArray(accept)) return accept;
  throw invalidOption("accept", `accept is ${typeOf(accept)}: pass the value of the Accept header`);
}

/**
 * The maximum length of `Accept` that is parsed, before any authorization. Browsers send 200
 * characters.
 */
const maxAcceptLength = 4_096;

/** Splits a list at its commas, apart from those in quoted parameter values. Linear in the text. */
function splitList(value: string): string[] {
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < value.length; index++) {
    const character = value[index];
    if (character === '"') quoted = !quoted;
    else if (character === "\\" && quoted) index++;
    else if (character === "," && !quoted) {
      elements.push(value.slice(start, index));
      start = index + 1;
    }
  }
  return [...elements, value.slice(start)];
}

/** Ranks a media range by how specifically it names `text/event-stream`; 0: not at all. */
function rankOf(range: string): 0 | 1 | 2 | 3 {
  const semicolon = range.indexOf(";");
  const type = (semicolon === -1 ? range : range.slice(0, semicolon)).trim().toLowerCase();
  if (type === "text/event-stream") return 3;
  if (type === "text/*") return 2;
  // A bare `*` is no media range, but old Java clients send it for `*/*`.
  return type === "*/*" || type === "*" ? 1 : 0;
}

function qualityOf(range: string): number {
  const weight = /;\s*q\s*=\s*([0-9.]+)/i.exec(range)?.[1];
  const quality = weight === undefined ? 1 : Number(weight);
  return Number.isNaN(quality) ? 1 : quality;
}

/** Request headers of `fetch` (`Headers`) or of `node:http` (a record with lower-case names). */
export type RequestHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Returns the position from which a client wants to resume: its `Last-Event-ID` header (WHATWG HTML
 * §9.2.4), else the `lastEventId` query parameter that polyfills send, else `""`. The client chose
 * the text: treat it as hostile. Never throws.
 *
 * Browsers send the id as UTF-8 and servers decode header bytes as Latin-1: that is undone here.
 *
 * @param headers the request's headers.
 * @param url the request's URL, absolute or only path and query.
 */
export function getLastEventId(headers: RequestHeaders, url?: string | URL): string {
  return decodeUtf8(headerValue(headers)) || queryValue(url);
}

const headerName = "last-event-id";

function headerValue(headers: RequestHeaders | null | undefined): string {
  if (typeof headers !== "object" || headers === null) return "";
  if (isHeaders(headers)) return headers.get(headerName) ?? "";
  const value = headers[headerName] ?? anyCase(headers);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : "";
}

function isHeaders(headers: RequestHeaders): headers is Headers {
  return typeof headers.get === "function";
}

function anyCase(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): string | readonly string[] | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === headerName);
  return name === undefined ? undefined : headers[name];
}

/** Undoes Latin-1 decoding of UTF-8 bytes. Any other text stays as it is. */
function decodeUtf8(text: string): string {
  if (isAscii.test(text) || !isLatin1.test(text)) return text;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return text;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII.
const isAscii = /^[\x00-\x7f]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of Latin-1.
const isLatin1 = /^[\x00-\xff]*$/;

function queryValue(url: string | URL | undefined): string {
  const text = typeof url === "string" ? url : (url?.href ?? "");
  const fragment = text.indexOf("#");
  const resource = fragment === -1 ? text : text.slice(0, fragment);
  const query = resource.indexOf("?");
  return query === -1 ? "" : (new URLSearchParams(resource.slice(query)).get("lastEventId") ?? "");
}
