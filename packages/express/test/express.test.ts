import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createGunzip } from "node:zlib";
import compression from "compression";
import express, { type Express, type Request } from "express";
import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { createHub, type EventStream, eventStream, hubStream } from "../src/index.js";

async function ask(app: Express, path = "/", headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const [response] = await once(get({ host: "127.0.0.1", port, path, headers, agent: false }), "response");
  return response;
}

test("the callbacks get Express's own request", async () => {
  const app = express();
  const seen: Pick<Request, "params" | "query" | "path">[] = [];
  app.get(
    "/rooms/:room",
    eventStream((stream, request) => {
      expectTypeOf(request.params["room"]).toEqualTypeOf<string | undefined>();
      seen.push(request);
      stream.close();
    }),
  );
  await ask(app, "/rooms/one?user=ann");
  expect(seen.map(({ params, query, path }) => ({ params, query, path }))).toEqual([
    { params: { room: "one" }, query: { user: "ann" }, path: "/rooms/one" },
  ]);
  app.get<{ room: string }>(
    "/hubs/:room",
    hubStream(createHub(), (request) => ({ topics: [request.params.room] })),
  );
  app.get(
    "/files/*path",
    eventStream((_stream, request: Request<{ path: string[] }>) => {
      expectTypeOf(request.params.path).toEqualTypeOf<string[]>();
    }),
  );
});

describe("behind compression", () => {
  const gzip = { "Accept-Encoding": "gzip" };

  test("a stream is not compressed, because compression would hold events back", async () => {
    const app = express().use(compression({ threshold: 0 }));
    app.get(
      "/",
      eventStream((stream) => void stream.send({ data: "hello" })),
    );
    const response = await ask(app, "/", gzip);
    expect(response.headers["content-encoding"]).toBeUndefined();
    expect(String((await once(response, "data"))[0])).toBe("data: hello\n\n");
  });

  test("a stream that asks for compression has each event flushed at once", async () => {
    let stream: EventStream | undefined;
    const app = express().use(compression({ threshold: 0 }));
    const options = { headers: { "Cache-Control": "no-cache" } };
    app.get(
      "/",
      eventStream((opened) => {
        stream = opened;
      }, options),
    );
    const response = await ask(app, "/", gzip);
    expect(response.headers["content-encoding"]).toBe("gzip");
    const events = response.pipe(createGunzip());
    expect(String((await once(events, "data"))[0])).toBe(":\n");
    for (const data of ["1", "2"]) {
      const arrived = once(events, "data");
      await stream?.send({ data });
      expect(String((await arrived)[0])).toBe(`data: ${data}\n\n`);
    }
  });

  test("a hub's events arrive, too", async () => {
    const hub = createHub();
    const app = express().use(compression({ threshold: 0 }));
    app.get("/", hubStream(hub));
    const response = await ask(app, "/", gzip);
    expect(response.headers["content-encoding"]).toBeUndefined();
    await hub.broadcast({ data: "hello" });
    await hub.close();
    let text = "";
    for await (const chunk of response) text += chunk;
    expect(text).toContain("data: hello\n\n");
  });
});

describe("an error", () => {
  test("before the first byte reaches Express's own error handler, with its status", async () => {
    const app = express().set("env", "test");
    app.get(
      "/",
      eventStream(() => Promise.reject(Object.assign(new Error("teapot"), { status: 418 }))),
    );
    expect((await ask(app)).statusCode).toBe(418);
  });

  test("after the first byte reaches error middleware when the stream has ended", async () => {
    const failed = vi.fn();
    const app = express();
    app.get(
      "/",
      eventStream(async (stream) => {
        await stream.send({ data: "before" });
        throw new Error("after");
      }),
    );
    app.use(
      (error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
        failed(error.message, response.headersSent, response.writableEnded);
      },
    );
    const response = await ask(app);
    response.resume();
    await once(response, "end");
    expect(failed.mock.calls).toEqual([["after", true, true]]);
  });
});
