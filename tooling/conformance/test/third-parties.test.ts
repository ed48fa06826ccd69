import { EventEmitter, once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { eventStream as expressStream } from "@sse/express";
import { eventStream as koaStream } from "@sse/koa";
import { eventStream } from "@sse/node";
import Koa from "koa";
import session from "koa-session";
import { createMocks } from "node-mocks-http";
import { expect, onTestFinished, test, vi } from "vitest";

test.each([
  ["@sse/node", eventStream],
  ["@sse/express", expressStream as unknown as typeof eventStream],
])("%s writes to the responses of node-mocks-http", async (_name, createHandler) => {
  const { req, res } = createMocks({ method: "GET" }, { eventEmitter: EventEmitter });
  const handler = createHandler(async (stream) => {
    await stream.send({ data: "one" });
    await stream.send({ data: "two" });
  });
  const fail = vi.fn();
  const handle = handler as (...parameters: unknown[]) => void;
  handle(req, res, fail);
  await vi.waitUntil(() => res.writableEnded, { timeout: 100_000 });
  expect([res.statusCode, res.getHeader("content-type"), res._getBuffer().toString()]).toEqual([
    200,
    "text/event-stream",
    "data: one\n\ndata: two\n\n",
  ]);
  expect(fail).not.toHaveBeenCalled();
});

test("@sse/koa sends the cookie of koa-session with the head of a stream", async () => {
  const app = new Koa();
  const errors: unknown[] = [];
  app.on("error", (error) => errors.push(error));
  app.keys = ["secret"];
  app.use(session(app));
  app.use(async (ctx, next) => {
    ctx.session!["user"] = "ann";
    await next();
    ctx.session!["last"] = "after the stream has begun";
  });
  app.use(koaStream((stream) => stream.send({ data: "x" }).then(() => {})));
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const outgoing = get({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, agent: false });
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  expect(text).toBe("data: x\n\n");
  const cookies = response.headers["set-cookie"] ?? [];
  const [, value = ""] = /^koa\.sess=([^;]*)/.exec(cookies.join("\n")) ?? [];
  expect(JSON.parse(Buffer.from(value, "base64").toString())).toMatchObject({ user: "ann" });
  expect(errors).toEqual([]);
});
