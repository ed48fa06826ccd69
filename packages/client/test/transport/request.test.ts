import { describe, expect, test } from "vitest";
import {
  createEventSource,
  type EventSourceClient,
  type EventSourceOptions,
  type EventSourceRequest,
  type PerAttempt,
} from "../../src/index.js";
import { ManualClock, turns } from "../support/clock.js";
import { type Answer, FakeServer, refuseConnection, status, stream } from "../support/fake-server.js";
import { type FakePage, withPage } from "../support/page.js";
import { recordLifecycle } from "../support/record.js";

function setUp(
  options: EventSourceOptions,
  answers: [Answer, ...Answer[]] = [stream],
  url: PerAttempt<string | URL> = "http://host/",
) {
  const server = new FakeServer(...answers);
  const clock = new ManualClock();
  const source = createEventSource(url, { ...options, fetch: server.fetch, clock });
  source.onAny(() => {});
  return { server, clock, source, lifecycle: recordLifecycle(source) };
}

describe("every attempt", () => {
  test("asks for its URL, headers and body again", async () => {
    let call = 0;
    const { server, clock, source } = setUp(
      {
        method: "POST",
        resumeMethod: "POST",
        headers: async () => ({ n: `${++call}` }),
        body: () => `body ${call}`,
      },
      [status(503), stream],
      async () => new URL(`http://host/${call}`),
    );
    await clock.pass(1_000);
    expect(server.exchanges.map(({ url, headers, init }) => [url, headers.get("n"), init.body])).toEqual([
      ["http://host/1", "1", "body 1"],
      ["http://host/2", "2", "body 2"],
    ]);
    expect(source.url).toBe("http://host/2");
    source.close();
  });

  test("is readable afterwards", async () => {
    const { source } = setUp({ method: "POST", headers: [["x-a", "1"]], body: "question", lastEventId: "7" });
    expect([source.url, source.request]).toEqual(["http://host/", undefined]);
    await turns();
    expect(source.request).toMatchObject({
      url: "http://host/",
      method: "POST",
      body: "question",
      attempt: 0,
    });
    expect([...(source.request?.headers ?? [])]).toEqual([
      ["accept", "text/event-stream"],
      ["last-event-id", "7"],
      ["x-a", "1"],
    ]);
    source.close();
  });

  test("can be seen and changed by onRequest, and its answer by onResponse, whatever its status", async () => {
    const seen: unknown[] = [];
    const onRequest = async (request: EventSourceRequest) => {
      seen.push(request.attempt);
      request.headers.set("x-signed", "yes");
    };
    const { server, clock, source } = setUp({ onRequest, onResponse: ({ status }) => seen.push(status) }, [
      status(503),
      stream,
    ]);
    await clock.pass(1_000);
    expect(seen).toEqual([0, 503, 1, 200]);
    expect(server.last.headers.get("x-signed")).toBe("yes");
    source.close();
  });

  test("an Accept header of the application stays", async () => {
    const { server, source } = setUp({ headers: { Accept: "text/event-stream, application/json" } });
    await turns();
    expect(server.last.headers.get("accept")).toBe("text/event-stream, application/json");
    source.close();
  });

  test("has credentials as told", async () => {
    const { server, source } = setUp({ credentials: "include" });
    await turns();
    expect(server.last.init.credentials).toBe("include");
    source.close();
  });

  test("is not made when the client was closed while it was prepared", async () => {
    let give = (_headers: HeadersInit) => {};
    const headers = () => new Promise<HeadersInit>((resolve) => (give = resolve));
    const { server, source } = setUp({ headers });
    await turns();
    source.close();
    give({});
    await turns();
    expect(server.exchanges).toHaveLength(0);
  });

  test("is called off although a `fetch` does not heed the signal", async () => {
    const { source, lifecycle } = setUp({}, [() => new Promise(() => {})]);
    await turns();
    source.reconnect();
    await turns();
    source.close();
    expect(await source.closed).toEqual({});
    expect(lifecycle).toEqual(["close"]);
  });
});

describe("a request other than GET", () => {
  test("is not sent again after a failure", async () => {
    for (const answer of [refuseConnection, status(503, { "retry-after": "1" })]) {
      const { server, clock, lifecycle } = setUp({ method: "POST", body: "pay" }, [answer]);
      await clock.pass(60_000);
      expect(server.exchanges).toHaveLength(1);
      expect(lifecycle.at(-1)).toMatch(/^close (disconnected|bad-response)$/);
    }
  });

  test("is not sent again when its stream breaks; that is an error", async () => {
    const { server, clock, lifecycle } = setUp({ method: "POST" });
    await turns();
    await server.last.fail();
    await clock.pass(60_000);
    expect([server.exchanges.length, lifecycle.at(-1)]).toEqual([1, "close disconnected"]);
  });

  test("has done its work when its stream ends; that is no error", async () => {
    const { server, clock, source } = setUp({ method: "POST" });
    await turns();
    await server.last.end();
    await clock.pass(60_000);
    expect([server.exchanges.length, source.state, await source.closed]).toEqual([1, "closed", {}]);
  });

  test("is resumed by GET, without its body, where resumeMethod says so", async () => {
    const { server, clock, source } = setUp({ method: "POST", body: "question", resumeMethod: "GET" });
    await turns();
    await server.last.send("id: 1\ndata: x\n\n");
    await server.last.fail();
    await clock.pass(1_000);
    expect(server.exchanges.map(({ init, lastEventId }) => [init.method, init.body, lastEventId])).toEqual([
      ["POST", "question", null],
      ["GET", null, "1"],
    ]);
    source.close();
  });

  test("that was never sent, for its headers failed, is made again", async () => {
    let calls = 0;
    const headers = () => (++calls === 1 ? Promise.reject(new Error("no token")) : {});
    const { server, clock, source } = setUp({ method: "POST", headers });
    await clock.pass(1_000);
    expect([source.state, server.last.init.method]).toEqual(["open", "POST"]);
    source.close();
  });

  const restarts: [string, (source: EventSourceClient<Record<string, string>>, page: FakePage) => unknown][] =
    [
      ["reconnect()", (source) => source.reconnect()],
      ["connect() after close()", (source) => [source.close(), source.connect()]],
      ["a hidden page", (_source, page) => [page.show(false), page.show(true)]],
    ];

  test.each(restarts)("is not sent again by %s, which is an error or keeps the stream", (_name, restart) =>
    withPage(async (page) => {
      const { server, source, lifecycle } = setUp({ method: "POST", body: "pay", pauseWhenHidden: true });
      await turns();
      restart(source, page);
      await turns();
      expect(server.exchanges).toHaveLength(1);
      const left = source.state === "closed";
      expect(server.last.canceled).toBe(left);
      if (!left) await server.last.send("data: goes on\n\n");
      expect(lifecycle.includes("error invalid-option")).toBe(_name !== "a hidden page");
      source.close();
    }),
  );

  test.each(restarts)("with resumeMethod GET is resumed by GET after %s", (_name, restart) =>
    withPage(async (page) => {
      const options = { method: "POST", body: "pay", resumeMethod: "get", pauseWhenHidden: true };
      const { server, source } = setUp(options);
      await turns();
      await server.last.send("id: 1\ndata: x\n\n");
      restart(source, page);
      await turns();
      restart(source, page);
      await turns();
      expect(server.exchanges.map(({ init, lastEventId }) => [init.method, init.body, lastEventId])).toEqual([
        ["POST", "pay", null],
        ["GET", null, "1"],
        ["GET", null, "1"],
      ]);
      source.close();
    }),
  );

  test.each(restarts)("with its own method as resumeMethod is sent again after %s", (_name, restart) =>
    withPage(async (page) => {
      const options = { method: "post", body: "ask", resumeMethod: "post", pauseWhenHidden: true };
      const { server, source } = setUp(options);
      await turns();
      restart(source, page);
      await turns();
      expect(server.exchanges.map(({ init }) => [init.method, init.body])).toEqual([
        ["POST", "ask"],
        ["POST", "ask"],
      ]);
      source.close();
    }),
  );

  test("that was left before it was sent is sent by the next connection", async () => {
    let calls = 0;
    const headers = () => (++calls === 1 ? new Promise<HeadersInit>(() => {}) : {});
    const { server, source } = setUp({ method: "POST", headers });
    await turns();
    source.reconnect();
    await turns();
    expect([server.exchanges.length, server.last.init.method, source.state]).toEqual([1, "POST", "open"]);
    source.close();
  });
});
