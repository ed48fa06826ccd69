import { isSseError, type SseError, type SseErrorCode, type SseIssue } from "@sse/core";
import type { EndpointResponse } from "./http.js";

/** Optional parts of a {@link Problem}. */
export interface ProblemDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly issues?: readonly SseIssue[] | undefined;
}

/** A request that cannot be served, with its HTTP status. It never leaves the endpoints. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly code: string;
  readonly issues: readonly SseIssue[] | undefined;

  constructor(status: number, code: string, detail: string, { headers = {}, issues }: ProblemDetails = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.issues = issues;
  }

  /** Returns the problem details (RFC 9457) for the client. */
  toResponse(): EndpointResponse {
    const { status, code, message: detail, issues } = this;
    const title = titles.get(status) ?? "Error";
    return {
      status,
      headers: { ...this.headers, "content-type": "application/problem+json" },
      body: JSON.stringify({ type: "about:blank", title, status, code, detail, errors: issues }),
    };
  }
}

/** Makes the problem of a body that is not as the endpoint expects it. */
export function malformed(detail: string): Problem {
  return new Problem(400, "malformed", detail);
}

/**
 * Runs an endpoint, and turns the errors that are the client's into responses.
 *
 * @throws (as a rejection) the errors of the application's own code.
 */
export async function respond(run: () => Promise<EndpointResponse>): Promise<EndpointResponse> {
  try {
    return await run();
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return problem instanceof Problem ? problem.toResponse() : problem;
  }
}

const titles: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [413, "Content Too Large"],
  [415, "Unsupported Media Type"],
  [422, "Unprocessable Content"],
  [429, "Too Many Requests"],
  [503, "Service Unavailable"],
]);

/**
 * Errors of a publish that are the client's, or that pass. A map, because an object would find
 * `constructor` as well.
 */
const statusByCode: ReadonlyMap<string, number> = new Map<SseErrorCode, number>([
  ["invalid-field", 422],
  ["invalid-option", 422],
  ["unserializable", 422],
  ["too-large", 422],
  ["reserved", 422],
  ["invalid-event", 422],
  ["idempotency-conflict", 422],
  ["overloaded", 503],
  ["append-timeout", 503],
  ["log-unavailable", 503],
  ["closed", 503],
]);

function problemOf(error: unknown): Problem | EndpointResponse | undefined {
  if (error instanceof Problem) return error;
  if (!isSseError(error)) return undefined;
  if (error.code === "refused") return refusalOf(error);
  const status = statusByCode.get(error.code);
  if (status === undefined) return undefined;
  const headers: Record<string, string> = status === 503 ? { "retry-after": "1" } : {};
  return new Problem(status, error.code, error.message, { headers, issues: error.issues });
}

/** Returns the application's refusal. An error status without a body becomes a problem. */
function refusalOf({ status = 403, headers = {}, body = "" }: SseError): Problem | EndpointResponse {
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (body === "" && status >= 400)
    return new Problem(status, "refused", "the request was refused", { headers: lowerCase });
  const type: Record<string, string> = body === "" ? {} : { "content-type": "text/plain; charset=utf-8" };
  return { status, headers: { ...type, ...lowerCase }, body };
}
