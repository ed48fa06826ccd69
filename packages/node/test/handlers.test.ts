import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openEventStream } from "../src/adapter.js";
import {
  createHub,
  type EventStream,
  type EventStreamHandlerOptions,
  eventStream,
  hubStream,
  publishEndpoint,
  refuse,
  SseError,
} from "../src/index.js";
import { arrives, ask, closed, http1, responseTo, textOf, until } from "./support/server.js";

describe("options", () => {
  test.each<[string, EventStreamHandlerOptions]>([
    ["status", { status: 404 }],
    ["status", { status: 199 }],
    ["status", { status: Number.NaN }],
    ["status", { status: 204 }],
    ["status", { status: 205 }],
    ["headers", { headers: { Connection: "close" } }],
    ["headers", { headers: { "content-length": "5" } }],
    ["headers", { headers: { "Transfer-Encoding": "identity" } }],
    ["headers", { headers: { "X-Bad": "two\r\nlines" } }],
    ["headers", { headers: { "X-Bad": ["fine", "not\nfine"] } }],
    ["headers", { headers: { "not a name": "x" } }],
    ["headers", { headers: { "X-Bad": undefined as never } }],
    ["headers", { headers: { "X-Bad": ["fine", null as never] } }],
    ["methods", { methods: [] }],
    ["methods", { methods: ["get"] }],
    ["highWaterMark", { highWaterMark: 0 }],
    ["highWaterMark", { highWaterMark: Number.NaN }],
    ["closeTimeout", { closeTimeout: -1 }],
    ["heartbeat", { heartbeat: -1 }],
    ["stallTimeout", { stallTimeout: Number.NaN }],
    ["maxQueuedBytes", { maxQueuedBytes: -1 }],
  ])("%s is checked when the handler is made: %o", (field, options) => {
    const error = catchError(() => eventStream(() => {}, options));
    expect(error).toBeInstanceOf(SseError);
    expect(error).toMatchObject({ code: "invalid-option", field });
    expect(error?.message).toContain(field);
  });

  test("hubStream checks its own, too", () => {
    expect(catchError(() => hubStream(createHub(), undefined, { status: 404 }))).toMatchObject({
      code: "invalid-option",
    });
  });

  test.each<[string, () => unknown]>([
    ["eventStream", () => eventStream(undefined as never)],
    ["eventStream", () => eventStream({ url: "/" } as never, {} as never)],
    ["hubStream", () => hubStream({ url: "/" } as never, {} as never)],
    ["hubStream", () => hubStream(createHub(), {} as never)],
    ["hubStream", () => hubStream(createHub as never, undefined)],
    ["hubStream", () => hubStream(undefined as never)],
    ["publishEndpoint", () => publishEndpoint(undefined as never, { authorize: () => true })],
  ])("%s that is passed as a handler itself says how to create one", (name, create) => {
    const error = catchError(create);
    expect(error).toMatchObject({ code: "invalid-option" });
    expect(error?.message).toContain(`create the handler, ${name}(`);
  });

  test.each<[string, () => unknown]>([
    ["heartbeat", () => eventStream(() => {}, { heartBeat: 5 } as never)],
    ["methods", () => hubStream(createHub(), undefined, { method: ["GET"] } as never)],
  ])("an unknown one is refused with the nearest known one: %s", (nearest, create) => {
    expect(catchError(create)?.message).toContain(`did you mean "${nearest}"?`);
  });

  test("undefined is the default", async () => {
    const undefinedAll = { status: undefined, headers: undefined, methods: undefined, heartbeat: undefined };
    const { port } = await http1(eventStream(() => {}, { ...undefinedAll, onError: undefined }));
    expect((await responseTo(ask(port))).statusCode).toBe(200);
  });

  test("the check leaves no timer behind", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    eventStream(() => {}, { heartbeat: 1000 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("errors", () => {
  test("are printed by default, and answered with 500", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const error = new Error("secret");
    const { port } = await http1(eventStream(() => Promise.reject(error)));
    const response = await responseTo(ask(port));
    expect(response.statusCode).toBe(500);
    expect(await textOf(response)).toBe("Internal Server Error\n");
    expect(print.mock.calls).toEqual([[error]]);
  });

  test("go to onError together with the request", async () => {
    const onError = vi.fn();
    const error = new Error("secret");
    const { port } = await http1(eventStream(() => Promise.reject(error), { onError }));
    await responseTo(ask(port, { path: "/path" }));
    expect(onError.mock.calls).toEqual([[error, expect.objectContaining({ url: "/path" })]]);
  });

  const failure = new Error("in onError");
  const throws = (): void => {
    throw failure;
  };

  test.each([
    ["before the first byte", "throws", 500, async () => {}, throws],
    ["after the first byte", "throws", 200, (stream: EventStream) => stream.comment(), throws],
    ["before the first byte", "rejects", 500, async () => {}, async () => throws()],
    ["after the first byte", "rejects", 200, (stream: EventStream) => stream.comment(), async () => throws()],
  ])("%s take no process down, though onError %s as well", async (_when, _how, status, first, onError) => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const { port } = await http1(
      eventStream(
        async (stream) => {
          await first(stream);
          throw new Error("in the callback");
        },
        { onError },
      ),
    );
    for (let round = 0; round < 2; round++) {
      const response = await responseTo(ask(port));
      expect(response.statusCode).toBe(status);
      await textOf(response);
    }
    await until(() => print.mock.calls.length === 2);
    expect(print.mock.calls).toEqual([[failure], [failure]]);
  });

  test("of a response that something else has started are reported once", async () => {
    const onError = vi.fn();
    const handler = eventStream(
      async (stream) => {
        await Promise.resolve();
        await stream.send({ data: 1 });
      },
      { onError },
    );
    const { port } = await http1((request, response) => {
      handler(request, response);
      response.writeHead(200).write("x");
    });
    const outgoing = ask(port);
    await responseTo(outgoing);
    await closed(outgoing);
    expect(onError.mock.calls).toEqual([
      [expect.objectContaining({ code: "handler-failed" }), expect.anything()],
    ]);
  });

  test("of a refusal with headers that HTTP cannot carry are a 500", async () => {
    const onError = vi.fn();
    const { port } = await http1(
      eventStream(() => Promise.reject(refuse(401, { headers: { "X-Bad": "a\nb" } })), { onError }),
    );
    expect((await responseTo(ask(port))).statusCode).toBe(500);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  test("of a client that left meanwhile are reported all the same, apart from refusals", async () => {
    const onError = vi.fn();
    const settle: { reject: (error: Error) => void; stream: EventStream }[] = [];
    const { port } = await http1(
      eventStream((stream) => new Promise((_, reject) => void settle.push({ reject, stream })), { onError }),
    );
    for (const error of [refuse(401), new Error("real")]) {
      const outgoing = ask(port);
      await until(() => settle.length === 1);
      outgoing.destroy();
      const [waiting] = settle.splice(0);
      await waiting?.stream.done;
      waiting?.reject(error);
    }
    await until(() => onError.mock.calls.length > 0);
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(["real"]);
  });

  test("of a response that was started before the handler are reported; what was started is left alone", async () => {
    const onError = vi.fn();
    const handler = eventStream((stream) => stream.send({ data: 1 }).then(() => {}), { onError });
    const { port } = await http1((request, response) => {
      response.statusCode = 202;
      response.flushHeaders();
      handler(request, response);
      setImmediate(() => response.end("started"));
    });
    const response = await responseTo(ask(port));
    expect([response.statusCode, await textOf(response)]).toEqual([202, "started"]);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "handler-failed" });
  });
});

test("a client that left before the handler was called costs nothing", async () => {
  const callback = vi.fn();
  const onError = vi.fn();
  const handler = eventStream(callback, { onError });
  const server = createServer();
  const { port } = await http1((request, response) => {
    request.socket.destroy();
    handler(request, response);
  });
  await closed(ask(port));
  expect(callback).not.toHaveBeenCalled();
  expect(onError).not.toHaveBeenCalled();
  server.close();
});

test("a callback may return something like a promise", async () => {
  const { port } = await http1(
    eventStream((stream) => {
      void stream.send({ data: 1 });
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      return { then: (done: () => void) => void setImmediate(done) } as unknown as Promise<void>;
    }),
  );
  expect(await textOf(await responseTo(ask(port)))).toBe("data: 1\n\n");
});

describe("openEventStream", () => {
  async function open(
    headers: Record<string, string> = {},
    method = "GET",
  ): Promise<{ stream: EventStream | undefined; error: unknown; outgoing: ReturnType<typeof ask> }> {
    let stream: EventStream | undefined;
    let error: unknown;
    const { server, port } = await http1((request, response) => {
      Object.assign(request.headers, headers);
      try {
        stream = openEventStream({ request, response, onError: () => {} }, { heartbeat: 0 });
      } catch (thrown) {
        error = thrown;
        response.end();
      }
    });
    const taken = once(server, "request");
    const outgoing = ask(port, { method });
    await taken;
    return { stream, error, outgoing };
  }

  test("sends the head at once and gives the stream", async () => {
    const { stream, outgoing } = await open({ "last-event-id": "7" });
    expect(stream?.lastEventId).toBe("7");
    const response = await responseTo(outgoing);
    expect(response.headers["content-type"]).toBe("text/event-stream");
    const arrived = arrives(response, "data: hello\n\n");
    await stream?.send({ data: "hello" });
    await arrived;
  });

  test("gives a closed stream for HEAD", async () => {
    const { stream, outgoing } = await open({}, "HEAD");
    expect(stream?.closed).toBe(true);
    expect((await responseTo(outgoing)).headers["content-type"]).toBe("text/event-stream");
  });

  test("refuses a client that takes no event streams", async () => {
    expect((await open({ accept: "text/html" })).error).toMatchObject({ code: "refused", status: 406 });
  });
});

function catchError(run: () => unknown): SseError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as SseError;
  }
}
