/** The error of a client, as both demos send it: problem details (RFC 9457). */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  /** For programs. */
  readonly code: string;
  /** For people, with the fix. */
  readonly detail: string;
  /** The parameter at fault, if there is one. */
  readonly parameter?: string;
}

/** The content type of a problem. */
export const problemType = "application/problem+json; charset=utf-8";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Returns a problem. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: { readonly [name: string]: unknown } = {},
): Problem {
  return { type: "about:blank", title: titles[status] ?? "Error", status, code, detail, ...more };
}
