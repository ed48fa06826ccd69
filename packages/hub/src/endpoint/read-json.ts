import { isSseError } from "@sse/core";
import { nearestOf } from "@sse/core/internal";
import { isName } from "../validate.js";
import type { EndpointRequest } from "./http.js";
import { malformed, Problem } from "./problem.js";

/**
 * Reads the body of a JSON request, once its headers have been checked.
 *
 * @throws {Problem} 400, 405, 413 or 415.
 */
export async function readJson(request: EndpointRequest, maxBytes: number): Promise<unknown> {
  requireJsonPost(request, maxBytes);
  const body = await request.body(maxBytes).catch((error: unknown) => {
    const isTooLarge = isSseError(error) && error.code === "too-large";
    throw isTooLarge ? new Problem(413, "too-large", error.message) : error;
  });
  if (ArrayBuffer.isView(body)) return parse(decode(body, request.header("content-encoding")));
  return typeof body === "string" ? parse(body) : body;
}

/** The maximum number of names in a list: a request with more costs nothing before `authorize`. */
const maxNames = 10_000;

/** Reads a list of names in a body, without repeats. */
export function readNames(value: unknown, field: string): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.length > maxNames)
    throw malformed(`${field} has ${value.length} names; a request may have ${maxNames}`);
  if (!Array.isArray(value) || !value.every(isName))
    throw malformed(`${field} must be a list of strings of 1 to 256 characters`);
  return [...new Set(value)];
}

/** The maximum length of a key in a problem. */
const maxShownLength = 64;

/**
 * Checks that an object in a body has no keys but the known ones.
 *
 * @param where the object, for the problem, which names the nearest known key.
 * @throws {Problem} 400
 */
export function requireKnownFields(
  value: Record<string, unknown>,
  known: readonly string[],
  where: string,
): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const key = unknown.slice(0, maxShownLength);
  const nearest = nearestOf(key, known);
  const fix = nearest === undefined ? `it may have ${known.join(", ")}` : `did you mean "${nearest}"?`;
  throw malformed(`${where} has an unknown key "${key}": ${fix}`);
}

/**
 * Checks the method and the headers of a JSON request, before anything is read.
 *
 * @throws {Problem} 405, 413 or 415.
 */
function requireJsonPost({ method, header }: EndpointRequest, maxBytes: number): void {
  if (method !== "POST")
    throw new Problem(405, "method-not-allowed", "use POST", { headers: { allow: "POST" } });
  if (!isJson(header("content-type") ?? "")) {
    throw new Problem(415, "unsupported-media-type", "send the body as application/json", {
      headers: { "accept-post": "application/json" },
    });
  }
  if (Number(header("content-length")) > maxBytes)
    throw new Problem(413, "too-large", `the body has more than ${maxBytes} bytes; send less at a time`);
}

/**
 * Whether a `Content-Type` is that of JSON. A proxy may have doubled it. Of several types each has
 * to be JSON: a page of another site may send `text/plain; a=, application/json` without asking.
 */
function isJson(contentType: string): boolean {
  const types = contentType.replace(/"[^"]*"/g, "").split(",");
  return types.every((type) => type.split(";", 1)[0]?.trim().toLowerCase() === "application/json");
}

function decode(bytes: ArrayBufferView, encoding = "identity"): string {
  if (encoding.trim().toLowerCase() !== "identity") {
    throw new Problem(415, "unsupported-content-encoding", "send the body as it is, not compressed", {
      headers: { "accept-encoding": "identity" },
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed("the body is not valid UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("the body is not valid JSON");
  }
}
