import type { Context, Middleware } from "koa";

/** What a client did wrong, as it is told. */
export interface Complaint {
  /** For programs. */
  code: string;
  /** The parameter at fault, where it is one. */
  parameter?: string;
  /** For people; it contains the fix. */
  message: string;
}

/** A request that cannot be served. Thrown anywhere, answered by {@link jsonErrors}. */
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

/** A parameter that is missing or will not do: 400. */
export function badParameter(code: string, parameter: string, message: string): RequestError {
  return new RequestError(400, { code, parameter, message });
}

/** Answers errors as `{ "error": { code, parameter?, message } }`. What is not the client's fault goes to the log, and the client is told nothing of it. */
export const jsonErrors: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    answer(ctx, error instanceof RequestError ? error : unexpected(ctx, error));
  }
};

function answer(ctx: Context, { status, complaint, headers }: RequestError): void {
  ctx.status = status;
  ctx.set(headers);
  ctx.body = { error: complaint };
}

function unexpected(ctx: Context, error: unknown): RequestError {
  ctx.app.emit("error", error, ctx);
  return new RequestError(500, { code: "internal", message: "Something went wrong on the server." });
}
