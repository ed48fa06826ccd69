import type { IncomingMessage } from "node:http";
import type { Context } from "koa";
import { RequestError } from "./errors.js";

/** The parameters of a request by name, not checked yet. */
export type Parameters = ReadonlyMap<string, string>;

/** The maximum bytes of a body: the longest message with every character escaped, and some more. */
const maxBodyBytes = 64 * 1024;

/** Returns the parameters in the query. */
export function queryParameters(ctx: Context): Parameters {
  return new Map(new URLSearchParams(ctx.querystring));
}

/**
 * Returns the parameters in the query and in a JSON or form body; the body has precedence.
 *
 * @throws {RequestError} 400 for an invalid body, 413 for one that is too large, 415 for one of
 * another type.
 */
export async function allParameters(ctx: Context): Promise<Parameters> {
  const body = await readBody(ctx.req);
  return new Map([...queryParameters(ctx), ...bodyParameters(body, ctx)]);
}

async function readBody(request: IncomingMessage): Promise<string> {
  // One string, because a list of chunks takes a hundred times as much for a body in small ones.
  let body = "";
  let size = 0;
  for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) {
    size += Buffer.byteLength(chunk);
    if (size > maxBodyBytes) throw tooLarge();
    body += chunk;
  }
  return body;
}

function bodyParameters(body: string, ctx: Context): Iterable<[string, string]> {
  if (body === "") return [];
  if (ctx.is("json")) return jsonParameters(body);
  if (ctx.is("urlencoded")) return new URLSearchParams(body);
  throw new RequestError(415, {
    code: "unsupported-body",
    message: "Send the body as application/json or application/x-www-form-urlencoded.",
  });
}

function jsonParameters(body: string): [string, string][] {
  const value = parsed(body);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidBody('it must be an object, such as {"from":"ann","message":"hi"}');
  return Object.entries(value).map(([name, text]) => {
    if (typeof text !== "string") throw invalidBody(`"${name}" must be a string`);
    return [name, text];
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalidBody("it does not parse");
  }
}

function invalidBody(reason: string): RequestError {
  return new RequestError(400, { code: "invalid-body", message: `The body is no good JSON: ${reason}.` });
}

function tooLarge(): RequestError {
  // The unread part of the body would be parsed as the next request.
  const headers = { Connection: "close" };
  const message = `Send a body of at most ${maxBodyBytes} bytes.`;
  return new RequestError(413, { code: "body-too-large", message }, headers);
}
