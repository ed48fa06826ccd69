import { createServer } from "node:http";
import { Readable } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createEventSource, type EventSourceOptions } from "../src/index.js";
import { createSharedEventSource } from "../src/shared/index.js";
import { ManualClock, turns } from "./support/clock.js";
import { FakeServer } from "./support/fake-server.js";
import { recordLifecycle } from "./support/record.js";
import { isNode } from "./support/runtime.js";
import { listen } from "./support/servers.js";

afterEach(() => vi.restoreAllMocks());

const creators = [
  ["createEventSource", createEventSource],
  ["createSharedEventSource", createSharedEventSource],
] as const;

describe.each(creators)("%s", (_name, create) => {
  test.each([
    [{ header: {} }, 'unknown key "header": pass only method, headers'],
    [{ lastEventID: "1" }, "lastEventId"],
    [{ onError: () => {} }, "unknown key"],
    [{ retry: { maxDelays: 1 } }, "maxDelay"],
    ["json", "must be an object"],
    [null, "must be an object"],
    [{ method: 5 }, "method must be a string, not 5"],
    [{ resumeMethod: null }, "resumeMethod must be a string, not null"],
    [{ headers: 5 }, "headers cannot be sent"],
    [{ fetch: 5 }, "fetch must be a function"],
    [{ signal: 5 }, "signal must be an object with addEventListener, not 5"],
    [{ storage: {} }, "storage must be an object with getItem and setItem"],
    [{ clock: { now: () => 0 } }, "clock must be an object with now and random"],
    [{ shouldRetry: 5 }, "shouldRetry must be a function"],
    [{ onInvalid: true }, "onInvalid must be a function"],
    [{ onRequest: "x" }, "onRequest must be a function"],
    [{ onResponse: [] }, "onResponse must be a function, not an array"],
    [{ onComment: {} }, "onComment must be a function"],
    [{ lastEventId: 5 }, "lastEventId must be a string, not 5"],
    [{ name: 5 }, "name must be a string"],
    [{ autoConnect: "no" }, "autoConnect must be a boolean"],
    [{ pauseWhenHidden: 1 }, "pauseWhenHidden must be a boolean"],
    [{ idleTimeout: "5" }, "idleTimeout must be a number from 0 to Infinity"],
    [{ idleTimeout: -1 }, "idleTimeout must be a number from 0 to Infinity, not -1"],
    [{ maxEventSize: Number.NaN }, "maxEventSize must be a number from 1 to Infinity"],
    [{ retry: true }, "retry must be an object"],
    [{ retry: { jitter: 2 } }, "jitter must be a number from 0 to 1"],
    [{ retry: { factor: 0.5 } }, "factor must be a number from 1 to Infinity"],
    [{ retry: { maxAttempts: "5" } }, "maxAttempts must be a number"],
    [{ decode: 5 }, "decode must be"],
    [{ events: "price" }, "events must be an object"],
  ])("refuses %j", (options, message) => {
    expect(() => create("http://host/", options as never)).toThrow(
      expect.objectContaining({ code: "invalid-option", message: expect.stringContaining(message) }),
    );
  });

  test.each([
    [undefined, {}, "url", "must be a string, a URL or a function, not undefined"],
    [{}, {}, "url", "not an object"],
    ["/goals", {}, "url", "use an absolute URL"],
    ["", {}, "url", "use an absolute URL"],
    ["htp://host/", {}, "url", "the scheme htp:"],
    ["ws://host/", {}, "url", "use an http: URL"],
    [new URL("file:///etc/passwd"), {}, "url", "the scheme file:"],
    ["http://user:secret@host/", {}, "url", "send an Authorization header"],
    ["http://host/", { headers: { a: "b\nc" } }, "headers", "remove line breaks"],
    ["http://host/", { headers: { "a b": "c" } }, "headers", "remove line breaks"],
    ["http://host/", { credentials: "inclde" }, "credentials", '"include"'],
    ["http://127.0.0.1:6000", {}, "url", "the port 6000, which fetch blocks"],
    ["https://host:25/", {}, "url", "use another one"],
    ["http://host:0/", {}, "url", "the port 0"],
    ["http://host/", { decode: "jsn" }, "decode", '"json" or "base64" or a function'],
    ["http://host/", { body: "x", name: "n" }, "body", "GET has no body: set method"],
    ["http://host/", { method: "get", body: () => "x", name: "n" }, "body", "set method"],
    ["http://host/", { method: "head", name: "n" }, "method", "HEAD has no events"],
    ["http://host/", { method: "", name: "n" }, "method", "use a method of fetch"],
    [
      "http://host/",
      { method: "POST", body: new ReadableStream(), resumeMethod: "POST", name: "n" },
      "body",
      "a function that returns a stream",
    ],
    ["http://host/", { method: "CONNECT" }, "method", "use a method of fetch"],
    ["http://host/", { method: "GE T" }, "method", "use a method of fetch"],
    ["http://host/", { resumeMethod: "trace" }, "resumeMethod", "use a method of fetch"],
  ])("with %j and %j is refused at once", (url, options, field, message) => {
    expect(() => create(url as never, options as never)).toThrow(
      expect.objectContaining({ code: "invalid-option", field, message: expect.stringContaining(message) }),
    );
    expect(() => create(url as never, options as never)).not.toThrow("secret");
  });

  test("with a relative URL may be created where there is no page, if it does not connect there", async () => {
    const source = create("/goals", { autoConnect: false });
    const lifecycle = recordLifecycle(source);
    source.connect();
    await turns();
    expect(lifecycle).toEqual(["error invalid-option", "close invalid-option"]);
  });

  test("with a relative URL is not refused on a page, in a worker, or for a `fetch` of its own", async () => {
    for (const globals of [
      { document: { baseURI: "http://host/a/" } },
      { location: { href: "http://host/" } },
    ]) {
      Object.assign(globalThis, globals);
      try {
        expect(() => create("/goals").close()).not.toThrow();
      } finally {
        for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
      }
    }
    const server = new FakeServer();
    const source = create("/goals", { fetch: server.fetch, name: "goals" });
    await turns();
    expect([source.state, server.last.url]).toEqual(["open", "/goals"]);
    source.close();
  });

  test.each([
    ["a URL function", () => "ws://host/", {}],
    ["a header function", "http://host/", { name: "n", headers: () => ({ a: "b\nc" }) }],
  ])("that cannot send what %s returns ends with the fix", async (_case, url, options) => {
    const clock = new ManualClock();
    const source = create(url, { name: "n", clock, ...options });
    const lifecycle = recordLifecycle(source);
    await clock.pass(60_000);
    expect(lifecycle).toEqual(["error invalid-option", "close invalid-option"]);
  });

  test.each([
    [
      "a Node stream as body",
      () => ({
        status: 200,
        headers: new Headers({ "content-type": "text/event-stream" }),
        body: Readable.from([]),
      }),
    ],
    [
      "no body",
      () => ({ status: 200, ok: true, headers: new Headers({ "content-type": "text/event-stream" }) }),
    ],
    ["no response", () => undefined],
  ])("whose `fetch` returns %s ends with the fix, and does not ask again", async (_case, respond) => {
    const clock = new ManualClock();
    const fetch = vi.fn(async () => respond() as unknown as Response);
    const source = create("http://host/", { fetch, clock, name: "broken" });
    source.onLifecycle("error", () => {});
    await clock.pass(60_000);
    expect((await source.closed).error).toMatchObject({ code: "invalid-option", field: "fetch" });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test("refuses a listener for a lifecycle name that does not exist", () => {
    const source = create("http://host/", { autoConnect: false });
    expect(() => source.onLifecycle("conect" as "close", () => {})).toThrow(
      expect.objectContaining({ code: "invalid-option", message: expect.stringContaining('"close"') }),
    );
  });

  test.skipIf(!isNode).each(["transfer-encoding", "keep-alive", "expect"])(
    "ends with the fix where the fetch of Node refuses the header %s",
    async (header) => {
      const server = await listen((_request, response) => response.writeHead(500).end());
      const source = create(server.url, { headers: { [header]: "x" }, name: header });
      const lifecycle = recordLifecycle(source);
      expect((await source.closed).error).toMatchObject({
        code: "invalid-option",
        message: expect.stringMatching(/^remove what cannot be sent: .*header/),
      });
      expect(lifecycle).toEqual(["error invalid-option", "close invalid-option"]);
      await server.close();
    },
  );

  test("refuses a listener, and a name, that is none", () => {
    const source = create("http://host/", { autoConnect: false });
    const { on, once, onAny, onLifecycle } = source as unknown as Record<
      string,
      (...args: unknown[]) => void
    >;
    for (const call of [
      () => on!("x"),
      () => once!("x"),
      () => onAny!(),
      () => onLifecycle!("open"),
      () => on!("x", {}),
      () => on!(5, () => {}),
      () => once!(undefined, () => {}),
      () => Object.assign(source, { lastEventId: 5 }),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: "invalid-option" }));
    }
  });

  test("takes a URL of another realm", async () => {
    const server = new FakeServer();
    const url = { href: "http://host/", toString: () => "http://host/" } as URL;
    const source = create(url, { fetch: server.fetch, name: "realm" });
    await turns();
    expect(server.last.url).toBe("http://host/");
    source.close();
  });

  test.each([
    ["get", "GET"],
    ["post", "POST"],
    ["Put", "PUT"],
    ["patch", "patch"],
  ])("sends %s as %s, as fetch does", async (method, sent) => {
    const server = new FakeServer();
    const clock = new ManualClock();
    const source = create("http://host/", { method, fetch: server.fetch, clock, name: "method" });
    source.onLifecycle("error", () => {});
    await vi.waitUntil(() => source.state === "open", { timeout: 100_000 });
    expect(server.last.init.method).toBe(sent);
    await server.last.fail();
    const state = sent === "GET" ? "reconnecting" : "closed";
    await vi.waitUntil(() => source.state === state, { timeout: 100_000 });
    source.close();
  });
});

describe("an error that nothing listens to", () => {
  function silence() {
    return vi.spyOn(console, "error").mockImplementation(() => {});
  }

  test.each([
    ["a status", () => new Response("no", { status: 401 })],
    ["a content type", () => new Response("no", { headers: { "content-type": "text/html" } })],
  ])("for %s reaches console.error once", async (_name, respond) => {
    const log = silence();
    const source = createEventSource("http://host/", { fetch: async () => respond() });
    source.on("message", () => {});
    await turns();
    expect(source.state).toBe("closed");
    expect(log.mock.calls).toEqual([[expect.objectContaining({ code: "bad-response" })]]);
  });

  test("for skipped events reaches console.error with the first of them", async () => {
    const log = silence();
    const server = new FakeServer();
    const source = createEventSource("http://host/", { decode: "json", fetch: server.fetch });
    source.on("message", () => {});
    await turns();
    await server.last.send("data: {\n\ndata: {\n\ndata: {\n\n");
    expect(log.mock.calls).toEqual([[expect.objectContaining({ code: "invalid-event" })]]);
    expect(source.stats.invalid).toBe(3);
    source.close();
  });

  test("for a listener that throws reaches console.error, also if it is for `error`", async () => {
    const log = silence();
    const server = new FakeServer();
    const source = createEventSource("http://host/", { fetch: server.fetch });
    source.on("message", () => {
      throw new Error("oops");
    });
    await turns();
    await server.last.send("data: 1\n\n");
    source.onLifecycle("error", () => Promise.reject(new Error("again")));
    await server.last.send("data: 2\n\n");
    expect(log.mock.calls.map(([error]) => error.message)).toEqual([
      "a listener or hook failed: Error: oops",
      "a listener or hook failed: Error: again",
    ]);
    source.close();
  });

  test("is not repeated where it was heard: by a listener for error or close, by closed, or a loop", async () => {
    const log = silence();
    const respond = async () => new Response("no", { status: 401 });
    const errors: unknown[] = [];
    for (const name of ["error", "close"] as const) {
      const source = createEventSource("http://host/", { fetch: respond });
      source.onLifecycle(name, (info) => errors.push(info));
      await turns();
    }
    const loop = createEventSource("http://host/", { fetch: respond })[Symbol.asyncIterator]();
    await expect(loop.next()).rejects.toThrow("401");
    const { error } = await createEventSource("http://host/", { fetch: respond }).closed;
    expect([error?.status, errors.length, log.mock.calls]).toEqual([401, 2, []]);
  });
});

describe("the message of a lost connection", () => {
  async function messageOf(url: string, options: EventSourceOptions = {}): Promise<string> {
    const source = createEventSource(url, { ...options, retry: false });
    source.onAny(() => {});
    source.onLifecycle("error", () => {});
    const { error } = await source.closed;
    return error?.message ?? "";
  }

  test("names the innermost cause", async () => {
    const server = await listen(createServer());
    await server.close();
    expect(await messageOf(server.url)).toMatch(/^no connection: .*ECONNREFUSED/);
    const secure = await listen((_request, response) => response.end());
    expect(await messageOf(secure.url.replace("http:", "https:"))).toMatch(
      /^no connection: .*(SSL|wrong version)/i,
    );
    await secure.close();
  });

  test("says that the stream broke where it had been open", async () => {
    const server = await listen((_request, response) => {
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .write("data: a\n\n", () => setImmediate(() => response.destroy()));
    });
    expect(await messageOf(server.url)).toMatch(/^the connection broke: .*other side closed/);
    await server.close();
  });

  test("does not hang on an error that is its own cause", async () => {
    const error: Error & { cause?: unknown } = new TypeError("loop");
    error.cause = error;
    expect(await messageOf("http://host/", { fetch: () => Promise.reject(error) })).toContain("loop");
  });
});

test("comments are passed to onComment, in their order among the events", async () => {
  const server = new FakeServer();
  const log: string[] = [];
  const source = createEventSource("http://host/", {
    fetch: server.fetch,
    onComment: (comment) => void log.push(`: ${comment}`),
  });
  source.onAny(({ data }) => log.push(data));
  await turns();
  await server.last.send(": one\ndata: 1\n\n:two\n:\n\ndata: 2\n\n");
  expect(log).toEqual([": one", "1", ": two", ": ", "2"]);
  source.close();
});

test("a clock that is set back does not keep a stable connection from counting as one", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 10_000_000 });
  try {
    const server = new FakeServer();
    const retry = { initialDelay: 1, jitter: 0, resetAfter: 20 };
    const source = createEventSource("http://host/", { fetch: server.fetch, retry });
    const lifecycle = recordLifecycle(source);
    await turns();
    for (let round = 0; round < 2; round += 1) {
      vi.setSystemTime(5_000_000 - round);
      const opened = performance.now();
      await vi.waitUntil(() => performance.now() - opened > 25, { timeout: 100_000, interval: 5 });
      await server.last.end();
      await vi.waitUntil(() => source.state === "open", { timeout: 100_000, interval: 1 });
    }
    expect(lifecycle.filter((line) => line !== "open")).toEqual([
      "reconnecting 1 in 1: ended",
      "reconnecting 1 in 1: ended",
    ]);
    source.close();
  } finally {
    vi.useRealTimers();
  }
});
