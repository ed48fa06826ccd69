import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import Koa, { type Context } from "koa";
import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { eventStream, hubStream, refuse } from "../src/index.js";

async function ask(app: Koa, path = "/"): Promise<IncomingMessage> {
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const [response] = await once(get({ host: "127.0.0.1", port, path, agent: false }), "response");
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

test("the callbacks get Koa's context", async () => {
  const seen: unknown[] = [];
  const app = new Koa().use(
    eventStream((stream, ctx) => {
      expectTypeOf(ctx).toEqualTypeOf<Context>();
      seen.push(ctx.path, ctx.query["user"]);
      stream.close();
    }),
  );
  await ask(app, "/rooms?user=ann");
  expect(seen).toEqual(["/rooms", "ann"]);
  expectTypeOf(hubStream).parameter(1).parameter(0).toEqualTypeOf<Context>();
});

describe("the middleware around a stream", () => {
  test("may set cookies and headers after it, as sessions do, and sees its status", async () => {
    const errors: unknown[] = [];
    let status: number | undefined;
    const app = new Koa().use(async (ctx, next) => {
      await next();
      status = ctx.status;
      ctx.cookies.set("session", "1");
    });
    app.on("error", (error) => errors.push(error));
    app.use(eventStream((stream) => stream.send({ data: "x" }).then(() => {})));
    const response = await ask(app);
    expect(response.headers["set-cookie"]).toEqual([expect.stringContaining("session=1")]);
    expect(await textOf(response)).toBe("data: x\n\n");
    expect([status, errors]).toEqual([200, []]);
  });

  test("that fails after it answers with its error, because nothing has been sent", async () => {
    const app = new Koa().use(async (_ctx, next) => {
      await next();
      throw Object.assign(new Error("late"), { status: 418, expose: true });
    });
    app.silent = true;
    let closed: Promise<void> | undefined;
    app.use(
      eventStream((stream) => {
        closed = stream.done;
      }),
    );
    const response = await ask(app);
    expect(response.statusCode).toBe(418);
    await textOf(response);
    await closed;
  });

  test("goes on when the stream has begun: it does not wait for its end", async () => {
    const steps: unknown[] = [];
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      steps.push(ctx.status, ctx.respond, ctx.headerSent);
    });
    app.use(eventStream(() => {}));
    const response = await ask(app);
    expect(steps).toEqual([200, false, false]);
    expect(response.complete).toBe(false);
  });

  test("goes on when the client left while the callback was waiting", async () => {
    const after = vi.fn();
    const app = new Koa();
    const left = new Promise<void>((resolve) => {
      app.use(async (_ctx, next) => {
        await next();
        after();
        resolve();
      });
    });
    app.use(
      eventStream((_stream, ctx) => {
        ctx.req.socket.destroy();
        return new Promise(() => {});
      }),
    );
    await expect(ask(app)).rejects.toThrow("socket hang up");
    await left;
    expect(after).toHaveBeenCalledTimes(1);
  });

  test("sees a refusal as a response of Koa, and may change it", async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      ctx.body = { status: ctx.status, error: ctx.body };
    });
    app.use(eventStream(() => Promise.reject(refuse(403, { body: "members only" }))));
    const response = await ask(app);
    expect(response.statusCode).toBe(403);
    expect(JSON.parse(await textOf(response))).toEqual({ status: 403, error: "members only" });
  });

  test("catches an error before the first byte", async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next().catch((error: Error) => {
        ctx.status = 418;
        ctx.body = error.message;
      });
    });
    app.use(eventStream(() => Promise.reject(new Error("caught"))));
    const response = await ask(app);
    expect([response.statusCode, await textOf(response)]).toEqual([418, "caught"]);
  });
});

test("an error after the first byte is emitted with the context, once the stream has ended", async () => {
  const app = new Koa();
  const emitted = once(app, "error");
  app.use(
    eventStream(async (stream) => {
      await stream.send({ data: "before" });
      throw new Error("after");
    }),
  );
  expect(await textOf(await ask(app, "/path"))).toBe("data: before\n\n");
  const [error, ctx] = await emitted;
  expect([error.message, ctx.path, ctx.res.writableEnded]).toEqual(["after", "/path", true]);
});

test("a client that breaks its connection is no error of the application", async () => {
  const app = new Koa();
  const onError = vi.fn();
  app.on("error", onError);
  const ended = new Promise<void>((resolve) => {
    app.use(
      eventStream((stream, ctx) => {
        void stream.comment();
        void stream.done.then(() => {
          expect(ctx.req.socket.errored).toMatchObject({ code: "ECONNRESET" });
          setImmediate(resolve);
        });
      }),
    );
  });
  const response = await ask(app);
  response.socket.resetAndDestroy();
  await ended;
  expect(onError).not.toHaveBeenCalled();
});
