import { createServer } from "node:http";
import { Readable } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Connection } from "../../src/eventsource/connection.js";
import { EventSource, type EventSourceInit } from "../../src/eventsource/index.js";
import { isNode } from "../support/runtime.js";
import { type Listening, listen } from "../support/servers.js";
import { ManualTimers, streamOf, until } from "./tools.js";

const opened: EventSource[] = [];
const servers: Listening[] = [];
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const source of opened.splice(0)) source.close();
  for (const server of servers.splice(0)) await server.close();
});

function open(url: string, init?: EventSourceInit): EventSource {
  const source = new EventSource(url, init);
  opened.push(source);
  return source;
}

type Event_ = { type: string; cause?: unknown };

function eventsOf(source: EventSource): Event_[] {
  const events: Event_[] = [];
  for (const type of ["open", "message", "error"])
    source.addEventListener(type, (event: Event) => events.push(event));
  return events;
}

/** Returns the cause of the first error. */
function failureOf(source: EventSource): Promise<string> {
  return new Promise((resolve) => {
    source.addEventListener("error", (event: Event_) => resolve(String(event.cause)), { once: true });
  });
}

/**
 * A `fetch` that answers each request with a stream of its own text, which ends, and keeps the
 * headers.
 */
function fetchOf(...texts: string[]) {
  const headers: Headers[] = [];
  const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    headers.push(new Headers(init.headers));
    const text = texts[headers.length - 1];
    return new Response(streamOf([text ?? ""], text === undefined ? "hold" : "end"), {
      headers: { "content-type": "text/event-stream" },
    });
  };
  return { fetch, headers };
}

describe("an id that no header can carry", () => {
  test.each([["a\u0001b"], ["a\u000c"], ["\u007f"], ["a".repeat(20_000)], ["a".repeat(200_000)]])(
    "is not sent, and is the cause of one error",
    async (id) => {
      const { fetch, headers } = fetchOf(
        `retry: 1\nid: ${id}\ndata: a\n\n`,
        "data: b\n\n",
        "id: c\ndata: c\n\n",
      );
      const source = open("http://host/", { fetch });
      const events = eventsOf(source);
      await vi.waitUntil(() => headers.length === 4, { timeout: 100_000, interval: 1 });
      expect(headers.map((sent) => sent.get("last-event-id"))).toEqual([null, null, null, "c"]);
      const causes = events.filter(({ type }) => type === "error").map(({ cause }) => cause);
      expect(causes).toEqual([expect.objectContaining({ code: "invalid-field" }), undefined, undefined]);
      expect(source.lastEventId).toBe("c");
    },
  );

  test("because the server answers 431 is left out of one attempt", async () => {
    const ids: unknown[] = [];
    const server = await listen((request, response) => {
      ids.push(request.headers["last-event-id"]);
      const id = request.headers["last-event-id"];
      response.writeHead(id ? 431 : 200, { "content-type": "text/event-stream" });
      if (id) response.end();
      else if (ids.length === 1) response.end("retry: 1\nid: long\ndata: a\n\n");
      else response.write("data: b\n\n");
    });
    servers.push(server);
    const source = open(server.url);
    const data: string[] = [];
    source.onmessage = (event) => data.push(event.data);
    await vi.waitUntil(() => data.length === 2, { timeout: 100_000 });
    expect([ids, data]).toEqual([
      [undefined, "long", undefined],
      ["a", "b"],
    ]);
  });
});

test("a stream that ends again and again with `retry: 0` is not asked for without a pause", async () => {
  const timers = new ManualTimers();
  let time = 0;
  const stableOnes = [14, 15];
  const connection = new Connection({
    source: {
      reopens: true,
      open: async () => {
        // A stable connection takes its time.
        const { length } = timers.delays;
        if (stableOnes.includes(length))
          setImmediate(() => {
            time += 5_000;
          });
        return { chunks: streamOf(["retry: 0\n\n"]).getReader(), origin: "" };
      },
    },
    dispatch: ({ type }) => {
      if (type === "open" && stableOnes.includes(timers.delays.length)) time += 5_000;
    },
    timers,
    now: () => time,
  });
  for (let count = 1; count <= 17; count += 1) {
    await until(() => timers.delays.length === count);
    timers.fire();
  }
  connection.close();
  expect(timers.delays).toEqual([0, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3000, 3000, 3000, 0, 0, 0]);
});

test("a redirect to another origin takes no secrets along, at once or on a reconnect", async () => {
  const received: unknown[] = [];
  const other = await listen(({ headers }, response) => {
    received.push([headers.authorization, headers["proxy-authorization"], headers.cookie, headers["x-a"]]);
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (received.length < 3) response.end("retry: 1\ndata: a\n\n");
    else response.write("data: b\n\n");
  });
  const first = await listen((_request, response) => {
    response.writeHead(302, { location: other.url }).end();
  });
  servers.push(other, first);
  const headers = { Authorization: "a", "Proxy-Authorization": "b", Cookie: "c", "X-A": "d" };
  open(first.url, { headers });
  await vi.waitUntil(() => received.length === 3, { timeout: 100_000 });
  expect(received).toEqual(Array(3).fill([undefined, undefined, undefined, "d"]));
});

test("headers that can never be sent are refused at once", () => {
  expect(() => new EventSource("http://host/", { headers: { a: "b\nc" } })).toThrow(TypeError);
});

test("a `fetch` that is no function is refused at once", () => {
  expect(() => new EventSource("http://host/", { fetch: 5 as never })).toThrow(TypeError);
});

describe("a request that can never succeed ends the source", () => {
  test.each([
    ["http://127.0.0.1:6000", {}, /port 6000, which fetch blocks/],
    ["ws://host/", {}, /scheme ws:/],
    ["http://127.0.0.1:1024/", { headers: () => ({ a: "b\nc" }) }, /headers cannot be sent/],
  ])("to %s with %o", async (url, init, message) => {
    const source = open(url, init);
    expect(await failureOf(source)).toMatch(message);
    expect(source.readyState).toBe(EventSource.CLOSED);
  });

  test.skipIf(!isNode)("with a header that the fetch of Node refuses", async () => {
    const source = open("http://127.0.0.1:1024/", { headers: { "transfer-encoding": "x" } });
    expect(await failureOf(source)).toMatch(/request cannot be sent/);
    expect(source.readyState).toBe(EventSource.CLOSED);
  });
});

test("a user and password of any bytes are sent as Authorization", async () => {
  const { fetch, headers } = fetchOf();
  open("http://us%:%zz%C3%A9@host/", { fetch });
  await until(() => headers.length === 1);
  const sent = headers[0]?.get("authorization")?.slice("Basic ".length) ?? "";
  expect(Buffer.from(sent, "base64").toString("utf8")).toBe("us%:%zzé");
});

test.each([
  [
    "a Node stream",
    { status: 200, headers: new Headers({ "content-type": "text/event-stream" }), body: Readable.from([]) },
  ],
  ["nothing", undefined],
])("a `fetch` that returns %s fails the connection with the fix", async (_name, response) => {
  const fetch = vi.fn(async () => response as unknown as Response);
  const source = open("http://host/", { fetch });
  const events = eventsOf(source);
  await until(() => source.readyState === EventSource.CLOSED);
  expect(events).toEqual([
    expect.objectContaining({
      type: "error",
      cause: expect.objectContaining({ message: expect.stringContaining("must return a Response") }),
    }),
  ]);
  expect(fetch).toHaveBeenCalledTimes(1);
});

describe("events are dispatched", () => {
  async function receive(): Promise<string[]> {
    const { fetch } = fetchOf();
    const data: string[] = [];
    const source = open("http://host/", {
      fetch: async (...args) => {
        await fetch(...args);
        return new Response(streamOf(["data: a\n\ndata: b\n\n"], "hold"), {
          headers: { "content-type": "text/event-stream" },
        });
      },
    });
    await new Promise<void>((resolve) => {
      source.onmessage = (event) => data.push(event.data) === 2 && resolve();
    });
    return data;
  }

  test("with the fake timers of vitest, which are those of jest", async () => {
    vi.useFakeTimers();
    expect(await receive()).toEqual(["a", "b"]);
  });

  test("where there is neither setImmediate nor MessageChannel, and no cache, as in old Workers", async () => {
    vi.stubGlobal("setImmediate", undefined);
    vi.stubGlobal("MessageChannel", undefined);
    vi.stubGlobal("Request", class {});
    expect(await receive()).toEqual(["a", "b"]);
  });

  test("without an option that old Workers refuse", async () => {
    vi.stubGlobal("Request", class {});
    const inits: RequestInit[] = [];
    open("http://host/", {
      fetch: async (_url, init) => {
        inits.push(init);
        throw new TypeError("enough");
      },
    });
    await until(() => inits.length === 1);
    expect("cache" in inits[0]!).toBe(false);
  });
});

test("a real server that ends each stream at once with `retry: 0` gets few requests", async () => {
  let requests = 0;
  const server = await listen(
    createServer((_request, response) => {
      requests += 1;
      response.writeHead(200, { "content-type": "text/event-stream" }).end("retry: 0\n\n");
    }),
  );
  servers.push(server);
  const start = performance.now();
  open(server.url);
  await vi.waitUntil(() => performance.now() - start > 500, { timeout: 100_000, interval: 20 });
  expect(requests).toBeLessThan(15);
});
