import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { createHub, type EventStream, eventStream, hubStream, refuse, sse } from "../src/index.js";

/** Starts an application, and stops it with the test. */
async function listening(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => app.close());
  return (app.server.address() as AddressInfo).port;
}

async function ask(port: number, path = "/", method = "GET"): Promise<IncomingMessage> {
  const outgoing = get({ host: "127.0.0.1", port, path, method, agent: false });
  onTestFinished(() => void outgoing.destroy());
  const [response] = await once(outgoing, "response");
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

test("cookies that are set before a stream reach the client", async () => {
  const app = fastify();
  await app.register(cookie);
  app.addHook("onRequest", async (_request, reply) => void reply.setCookie("session", "1"));
  app.get(
    "/",
    eventStream((stream) => void stream.send({ data: "x" })),
  );
  app.get("/two", (request, reply) => {
    reply.header("set-cookie", "a=1").setCookie("b", "2", { path: "/" });
    return eventStream((stream) => void stream.send({ data: "x" }))(request, reply);
  });
  const port = await listening(app);
  expect((await ask(port)).headers["set-cookie"]).toEqual(["session=1; SameSite=Lax"]);
  expect((await ask(port, "/two")).headers["set-cookie"]).toEqual([
    "a=1",
    "session=1; SameSite=Lax",
    "b=2; Path=/; SameSite=Lax",
  ]);
});

describe("route handlers", () => {
  test("give the callbacks Fastify's request, typed as the route says", async () => {
    const app = fastify();
    app.get<{ Querystring: { user: string } }>(
      "/rooms",
      eventStream(async (stream, request) => {
        expectTypeOf(request.query.user).toEqualTypeOf<string>();
        await stream.send({ data: request.query.user });
      }),
    );
    app.get<{ Params: { room: string } }>(
      "/hub/:room",
      hubStream(createHub(), (request) => ({ topics: [request.params.room] })),
    );
    app.get(
      "/plain",
      eventStream((_stream, request) => void expectTypeOf(request.query).toBeUnknown()),
    );
    expect(await textOf(await ask(await listening(app), "/rooms?user=ann"))).toBe("data: ann\n\n");
  });

  test("fit an HTTP/2 application", async () => {
    const app = fastify<Http2Server>({ http2: true });
    app.get(
      "/",
      eventStream(async (stream, request) => void (await stream.send({ data: request.raw.httpVersion }))),
    );
    await app.listen({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => app.close());
    const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
    const outgoing = session.request({ ":path": "/" }).setEncoding("utf8");
    let text = "";
    for await (const chunk of outgoing) text += chunk;
    session.close();
    expect(text).toBe("data: 2.0\n\n");
  });

  test.each(["127.0.0.1", "localhost"])(
    "let an HTTP/2 application at %s close, whose clients keep their connections",
    async (host) => {
      const app = fastify<Http2Server>({ http2: true });
      await app.register(sse);
      app.get("/plain", async () => "x");
      app.get(
        "/stream",
        eventStream(() => {}),
      );
      await app.listen({ port: 0, host });
      const sessions: ClientHttp2Session[] = [];
      onTestFinished(() => {
        for (const session of sessions) session.destroy();
      });
      for (const { address, family, port } of app.addresses() as AddressInfo[]) {
        for (const path of [undefined, "/plain", "/stream"]) {
          const session = connect(`http://${family === "IPv6" ? `[${address}]` : address}:${port}`);
          sessions.push(session);
          if (path) await once(session.request({ ":path": path }).resume(), "response");
          else if (address === "127.0.0.1") await once(session, "remoteSettings");
        }
      }
      await app.close();
      await vi.waitUntil(() => sessions.every(({ closed }) => closed), { timeout: 120_000 });
    },
  );

  test("answer inject: a stream that ends, and a refusal, which onSend hooks see", async () => {
    const app = fastify();
    app.addHook("onSend", async (_request, reply, payload) => {
      reply.header("x-hook", "seen");
      return payload;
    });
    app.get(
      "/",
      eventStream(async (stream) => void (await stream.send({ data: "hello" }))),
    );
    app.get(
      "/refused",
      hubStream(createHub(), () => Promise.reject(refuse(401, { body: "no" }))),
    );
    const stream = await app.inject("/");
    expect([stream.statusCode, stream.headers["content-type"], stream.body]).toEqual([
      200,
      "text/event-stream",
      "data: hello\n\n",
    ]);
    const refused = await app.inject("/refused");
    expect([refused.statusCode, refused.headers["x-hook"], refused.body]).toEqual([401, "seen", "no"]);
  });

  test("let Fastify make a HEAD route of a GET route", async () => {
    const app = fastify();
    app.get(
      "/",
      eventStream(() => {}),
    );
    const response = await ask(await listening(app), "/", "HEAD");
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "text/event-stream"]);
  });

  test("have errors answered by the route's own error handler", async () => {
    const app = fastify();
    app.get("/", {
      handler: eventStream(() => Promise.reject(new Error("mine"))),
      errorHandler: (error, _request, reply) => void reply.code(418).send(error.message),
    });
    const response = await ask(await listening(app));
    expect([response.statusCode, await textOf(response)]).toEqual([418, "mine"]);
  });
});

describe("reply.eventStream", () => {
  async function application(
    use: (stream: EventStream, request: FastifyRequest) => unknown,
  ): Promise<{ app: FastifyInstance; port: number }> {
    const app = fastify();
    await app.register(sse);
    app.get("/", async (request, reply) => {
      reply.header("x-mine", "1").header("set-cookie", ["a=1", "b=2"]);
      await use(reply.eventStream({ status: 201, headers: { "x-yours": "2" } }), request);
    });
    return { app, port: await listening(app) };
  }

  test("gives a stream with the reply's headers, of which the head has been sent", async () => {
    let stream: EventStream | undefined;
    const { port } = await application((opened) => {
      stream = opened;
    });
    const response = await ask(port);
    expect(response.statusCode).toBe(201);
    expect(response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "x-mine": "1",
      "x-yours": "2",
      "set-cookie": ["a=1", "b=2"],
    });
    await stream?.send({ data: "hello" });
    stream?.close();
    expect(await textOf(response)).toBe(":\ndata: hello\n\n");
  });

  test("belongs to its holder: Fastify leaves it alone when the handler throws, and logs the error", async () => {
    let stream: EventStream | undefined;
    const lines: string[] = [];
    const app = fastify({
      logger: { level: "error", stream: { write: (line: string) => void lines.push(line) } },
    });
    await app.register(sse);
    app.get("/", async (_request, reply) => {
      stream = reply.eventStream();
      throw new Error("after the head");
    });
    const response = await ask(await listening(app));
    await stream?.send({ data: "still mine" });
    stream?.close();
    expect(await textOf(response)).toBe(":\ndata: still mine\n\n");
    expect(lines.map((line) => JSON.parse(line).err.message)).toEqual(["after the head"]);
  });

  test("gives a closed stream for HEAD", async () => {
    const closed: boolean[] = [];
    const { port } = await application((stream) => closed.push(stream.closed));
    const response = await ask(port, "/", "HEAD");
    expect(response.headers["content-type"]).toBe("text/event-stream");
    expect(closed).toEqual([true]);
  });

  test("answers a client that takes no event streams with 406, by Fastify's error handler", async () => {
    const app = fastify();
    await app.register(sse);
    app.get("/", async (_request, reply) => void reply.eventStream());
    const response = await app.inject({ url: "/", headers: { accept: "text/html" } });
    expect(response.statusCode).toBe(406);
    expect(response.json()).toMatchObject({ statusCode: 406 });
  });

  test("is missing without the plugin, and is inherited by plugins registered after it", async () => {
    const app = fastify();
    expect(app.hasReplyDecorator("eventStream")).toBe(false);
    await app.register(sse);
    expect(app.hasReplyDecorator("eventStream")).toBe(true);
    await app.register(async (inner) => expect(inner.hasReplyDecorator("eventStream")).toBe(true));
  });
});

describe("close", () => {
  test("with the plugin ends the open streams of all routes in order, and does not wait for their clients", async () => {
    const hub = createHub();
    const app = fastify();
    await app.register(sse);
    app.get(
      "/stream",
      eventStream((stream) => void stream.send({ data: "last" })),
    );
    app.get("/reply", async (_request, reply) => void reply.eventStream());
    await app.register(async (inner) => inner.get("/hub", hubStream(hub)));
    const port = await listening(app);
    const responses = await Promise.all(["/stream", "/reply", "/hub"].map((path) => ask(port, path)));
    const texts = Promise.all(responses.map(textOf));
    await app.close();
    const [stream, reply] = await texts;
    expect([stream, reply]).toEqual(["data: last\n\n", ":\n"]);
    expect(responses.every(({ complete }) => complete)).toBe(true);
    expect(hub.connectionCount()).toBe(0);
  });

  test("after the server has stopped accepting lets a hub's clients leave first", async () => {
    const hub = createHub();
    const app = fastify();
    await app.register(sse);
    app.get("/", hubStream(hub));
    const port = await listening(app);
    const response = await ask(port);
    const text = textOf(response);
    app.server.close();
    await expect(ask(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await hub.broadcast({ data: "still here" });
    await hub.close();
    await app.close();
    expect(await text).toContain("data: still here\n\n");
    expect(response.complete).toBe(true);
  });

  test("after a hub's drain finds nothing left to end", async () => {
    const hub = createHub();
    const app = fastify();
    await app.register(sse);
    app.get("/", hubStream(hub));
    const response = await ask(await listening(app));
    const text = textOf(response);
    await hub.broadcast({ data: "goodbye" });
    await hub.close();
    await app.close();
    expect(await text).toContain("data: goodbye\n\n");
    expect(response.complete).toBe(true);
  });
});
