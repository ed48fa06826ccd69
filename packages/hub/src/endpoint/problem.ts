import { isSseError, SseError, type SseErrorCode, type SseIssue } from "@sse/core";
import { isName } from "../validate.js";

/** A complete HTTP answer, for an adapter to send. */
export interface EndpointAnswer {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What an endpoint needs to know of a request, whatever the framework. */
export interface EndpointRequest {
  readonly method: string;
  /** The first value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /**
   * The bytes of the body as they came, or what a body parser in front has made of them: text, or the value that it stands for.
   *
   * @throws {SseError} (as a rejection) `too-large` if it has more bytes, `closed` if the client left before it had sent all.
   */
  body(maxBytes: number): Promise<unknown>;
}

/** A request that cannot be served, in the terms of HTTP. It stays within the endpoints. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly code: string;
  readonly issues: readonly SseIssue[] | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    {
      headers = {},
      issues,
    }: { headers?: Readonly<Record<string, string>>; issues?: readonly SseIssue[] | undefined } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.issues = issues;
  }

  /** The problem details (RFC 9457) for the client. */
  answer(): EndpointAnswer {
    const { status, code, message: detail, issues } = this;
    const problem = {
      type: "about:blank",
      title: titles[status] ?? "Error",
      status,
      code,
      detail,
      errors: issues,
    };
    return {
      status,
      headers: { ...this.headers, "content-type": "application/problem+json" },
      body: JSON.stringify(problem),
    };
  }
}

export function jsonAnswer(status: number, value: unknown): EndpointAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** Nothing is allowed by default: an endpoint is not made without somebody who decides. */
export function requireAuthorize(authorize: unknown, message: string): void {
  if (typeof authorize !== "function") throw new SseError("invalid-option", message, { field: "authorize" });
}

/**
 * Runs an endpoint, and turns what a client did wrong into its answer.
 *
 * @throws (as a rejection) what the application's own code threw.
 */
export async function answering(run: () => Promise<EndpointAnswer>): Promise<EndpointAnswer> {
  try {
    return await run();
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return problem instanceof Problem ? problem.answer() : problem;
  }
}

/**
 * Reads a JSON request.
 *
 * @throws {Problem} 405, 415, 413 or 400.
 */
export async function readJson(request: EndpointRequest, maxBytes: number): Promise<unknown> {
  if (request.method !== "POST")
    throw new Problem(405, "method-not-allowed", "use POST", { headers: { allow: "POST" } });
  const type = request.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new Problem(415, "unsupported-media-type", "send the body as application/json", {
      headers: { "accept-post": "application/json" },
    });
  }
  const body = await request.body(maxBytes).catch((error: unknown) => {
    throw isSseError(error) && error.code === "too-large"
      ? new Problem(413, "too-large", error.message)
      : error;
  });
  if (body instanceof Uint8Array) return parsed(textOf(body, request.header("content-encoding")));
  return typeof body === "string" ? parsed(body) : body;
}

function textOf(bytes: Uint8Array, encoding = "identity"): string {
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("the body is not valid JSON");
  }
}

export function malformed(detail: string): Problem {
  return new Problem(400, "malformed", detail);
}

/** Checks a list of names in a request. */
export function namesIn(value: unknown, field: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isName))
    throw malformed(`${field} must be a list of texts of 1 to 256 characters`);
  return [...new Set(value)];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const titles: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

const statusByCode: Partial<Record<SseErrorCode, number>> = {
  "invalid-field": 422,
  "invalid-option": 422,
  unserializable: 422,
  "too-large": 422,
  reserved: 422,
  "invalid-event": 422,
  "idempotency-conflict": 422,
  overloaded: 503,
  "append-timeout": 503,
  "log-unavailable": 503,
  closed: 503,
};

function problemOf(error: unknown): Problem | EndpointAnswer | undefined {
  if (error instanceof Problem) return error;
  if (!isSseError(error)) return undefined;
  if (error.code === "refused") return refusalOf(error);
  const status = statusByCode[error.code];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = status === 503 ? { "retry-after": "1" } : {};
  return new Problem(status, error.code, error.message, { headers, issues: error.issues });
}

/** What the application refuses with, as it says; an error status about which it says nothing more becomes a problem. */
function refusalOf({ status = 403, headers = {}, body = "" }: SseError): Problem | EndpointAnswer {
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (body === "" && status >= 400)
    return new Problem(status, "refused", "the request was refused", { headers: lowerCase });
  const type: Record<string, string> = body === "" ? {} : { "content-type": "text/plain; charset=utf-8" };
  return { status, headers: { ...type, ...lowerCase }, body };
}
