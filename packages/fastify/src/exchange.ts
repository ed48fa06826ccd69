import type { StreamOutcome } from "@sse/hub/adapter";
import type { NodeRequest, NodeResponse } from "@sse/node";
import type { NodeExchange } from "@sse/node/adapter";
import type { FastifyBaseLogger, FastifyReply } from "fastify";
import { keepStream } from "./open-streams.js";

/** A request of Fastify, for any server, route and schema. */
export interface AnyRequest {
  readonly raw: NodeRequest;
  readonly body: unknown;
  readonly log: FastifyBaseLogger;
  readonly server: { readonly server: object };
}

/** A reply of Fastify, for any server, route and schema. */
export interface AnyReply {
  readonly raw: NodeResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  hijack(): unknown;
  readonly server: object;
}

/** Returns a request and its reply in the form that `@sse/node/adapter` expects. */
export function exchangeOf(request: AnyRequest, reply: AnyReply): NodeExchange {
  return {
    request: request.raw,
    response: reply.raw,
    onStart: (sink) => {
      copyHeaders(reply);
      reply.hijack();
      keepStream(request.server.server, sink);
    },
    onError: (err) => request.log.error({ err }, "an event stream was ended by an error"),
  };
}

/** Copies the headers of the reply, which Fastify does not set before it sends a payload. */
function copyHeaders(reply: AnyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  for (const cookie of pendingCookies(reply)) reply.raw.appendHeader("set-cookie", cookie);
}

/** A cookie as `@fastify/cookie` keeps it. */
interface PendingCookie {
  readonly name: string;
  readonly value: string;
  readonly opts: object;
}

interface CookieServer {
  serializeCookie?: (name: string, value: string, opts: object) => string;
}

/**
 * Returns the cookies of `reply.setCookie()`. The plugin sets their header in an `onSend` hook,
 * which does not run for a stream, and has no other way to them than its own symbol.
 */
function pendingCookies(reply: AnyReply): string[] {
  const key = Object.getOwnPropertySymbols(reply).find(
    ({ description }) => description === "fastify.reply.setCookies",
  );
  const cookies = key && (reply as unknown as Record<symbol, unknown>)[key];
  const { serializeCookie } = reply.server as CookieServer;
  if (!(cookies instanceof Map) || serializeCookie === undefined) return [];
  return [...cookies.values()].map(({ name, value, opts }: PendingCookie) =>
    serializeCookie(name, value, opts),
  );
}

/** Sends a plain response through Fastify, with its hooks. */
export async function answer(reply: AnyReply, outcome: StreamOutcome): Promise<unknown> {
  const plain = await outcome;
  if (plain === undefined) return undefined;
  const sender = reply as unknown as FastifyReply;
  for (const [name, value] of Object.entries(plain.headers)) sender.header(name, value);
  return sender.code(plain.status).send(plain.body);
}
