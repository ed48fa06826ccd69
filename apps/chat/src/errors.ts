import { problem, problemType } from "@sse/ui/server";
import type { Context, Middleware } from "koa";

/** The error of a client, as it is sent. */
export interface Complaint {
  /** For programs. */
  code: string;
  /** The parameter at fault, if there is one. */
  parameter?: string;
  /** For people, with the fix. */
  message: string;
}

/** A request that cannot be served. {@link problems} sends the response. */
export class RequestError extends Error {
  readonly status: number;
  readonly complaint: Complaint;
  readonly headers: Record<string, string>;

  constructor(status: number, complaint: Complaint, headers: Record<string, string> = {}) {
    super(complaint.message);
    this.status = status;
    this.complaint = complaint;
    this.headers = headers;
  }
}

/** Returns the error of a missing or invalid parameter: 400. */
export function badParameter(code: string, parameter: string, message: string): RequestError {
  return new RequestError(400, { code, parameter, message });
}

/**
 * Sends errors as problem details (RFC 9457). Other errors are logged, and their details are not
 * sent.
 */
export const problems: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    answer(ctx, error instanceof RequestError ? error : unexpected(ctx, error));
  }
};

function answer(ctx: Context, { status, complaint, headers }: RequestError): void {
  const { code, message, ...parameter } = complaint;
  ctx.status = status;
  ctx.set(headers);
  ctx.body = problem(status, code, message, parameter);
  ctx.type = problemType;
}

function unexpected(ctx: Context, error: unknown): RequestError {
  ctx.app.emit("error", error, ctx);
  return new RequestError(500, { code: "internal", message: "Something went wrong on the server." });
}
