import { describe, expect, test } from "vitest";
import { deferred } from "../src/deferred.js";
import { createEventSource } from "../src/index.js";
import { ManualClock, turns } from "./support/clock.js";
import { FakeServer, refuseConnection, status, stream } from "./support/fake-server.js";
import { recordLifecycle } from "./support/record.js";

function setUp(server = new FakeServer()) {
  const clock = new ManualClock();
  return { server, clock, options: { fetch: server.fetch, clock } };
}

describe("a client", () => {
  test("connects by itself at the end of the tick, with the headers of an event stream's reader", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/events", options);
    expect([source.state, server.exchanges.length]).toEqual(["idle", 0]);
    await turns();
    expect(source.state).toBe("open");
    expect([server.last.url, server.last.headers.get("accept"), server.last.lastEventId]).toEqual([
      "http://host/events",
      "text/event-stream",
      null,
    ]);
    expect(server.last.init).toMatchObject({ method: "GET", cache: "no-store" });
    source.close();
  });

  test("calls the listeners of an event's name, then those for any event", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const log: unknown[] = [];
    source.onAny(({ event, data }) => log.push(["any", event, data]));
    source.on("a", ({ data }) => log.push(["a", data]));
    source.on("message", ({ data, id, lastEventId }) => log.push(["message", data, id, lastEventId]));
    await turns();
    await server.last.send("event: a\ndata: 1\n\nid: 7\ndata: 2\n\ndata: 3\n\n");
    expect(log).toEqual([
      ["a", "1"],
      ["any", "a", "1"],
      ["message", "2", "7", "7"],
      ["any", "message", "2"],
      ["message", "3", undefined, "7"],
      ["any", "message", "3"],
    ]);
    source.close();
  });

  test("takes an event named error, open or close for an event", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const lifecycle = recordLifecycle(source);
    const events: string[] = [];
    source.onAny(({ event }) => events.push(event));
    await turns();
    await server.last.send("event: error\ndata:\n\nevent: open\ndata:\n\nevent: close\ndata:\n\n");
    expect(events).toEqual(["error", "open", "close"]);
    expect(lifecycle).toEqual(["open"]);
    source.close();
  });

  test("calls a listener of once once, and a removed one not at all", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const log: string[] = [];
    source.once("message", ({ data }) => log.push(`once ${data}`));
    source.once("message", () => log.push("removed"))();
    const remove = source.on("message", ({ data }) => {
      log.push(data);
      remove();
    });
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\n");
    expect(log).toEqual(["once 1", "1"]);
    source.close();
  });

  test("keeps the first event until there is a listener for it", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    await turns();
    await server.last.send("id: 1\ndata: early\n\n");
    expect([source.lastEventId, server.last.pulls]).toEqual(["", 1]);
    const data: string[] = [];
    source.on("message", (event) => data.push(event.data));
    await turns();
    expect([data, source.lastEventId, server.last.pulls]).toEqual([["early"], "1", 2]);
    source.close();
  });

  test("close() in a listener stops the events of the same chunk, and the id is that of the last one handed out", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const data: string[] = [];
    source.on("message", (event) => {
      data.push(event.data);
      if (event.data === "2") source.close();
    });
    await turns();
    await server.last.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n");
    expect([data, source.lastEventId, source.state, server.last.canceled]).toEqual([
      ["1", "2"],
      "2",
      "closed",
      true,
    ]);
  });

  test("close() while an event is being decoded stops that event", async () => {
    const { server, options } = setUp();
    const decoding = deferred<string>();
    const source = createEventSource("http://host/", { ...options, decode: () => decoding.promise });
    const data: unknown[] = [];
    source.onAny((event) => data.push(event.data));
    await turns();
    await server.last.send("id: 1\ndata: 1\n\n");
    source.close();
    decoding.resolve("late");
    await turns();
    expect([data, source.lastEventId]).toEqual([[], ""]);
  });

  test("close() in a listener for `reconnecting` leaves no timer behind", async () => {
    const { server, clock, options } = setUp(new FakeServer(refuseConnection));
    const source = createEventSource("http://host/", options);
    source.onLifecycle("reconnecting", () => source.close());
    await turns();
    expect([source.state, server.exchanges.length, clock.pending]).toEqual(["closed", 1, 0]);
  });

  test("leaves no timer behind, in whatever state it is closed", async () => {
    for (const answers of [[stream], [refuseConnection], [() => new Promise<Response>(() => {})]] as const) {
      const { server, clock, options } = setUp(new FakeServer(...answers));
      const source = createEventSource("http://host/", { ...options, idleTimeout: 1_000 });
      await turns();
      expect(clock.pending).toBe(1);
      source.close();
      await turns();
      expect([clock.pending, server.exchanges.length]).toEqual([0, 1]);
    }
  });

  test("connects again after close(), from where it was", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    source.onAny(() => {});
    await turns();
    await server.last.send("id: 5\ndata: x\n\n");
    source.close();
    expect(await source.closed).toEqual({});
    source.connect();
    await turns();
    expect([source.state, server.exchanges.length, server.last.lastEventId]).toEqual(["open", 2, "5"]);
    source.close();
  });

  test("reconnect() leaves the connection for a new one at once, without an event twice", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const lifecycle = recordLifecycle(source);
    const data: string[] = [];
    source.on("message", (event) => {
      data.push(event.data);
      if (event.data === "1") source.reconnect();
    });
    await turns();
    const [first] = server.exchanges;
    await first?.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
    expect([first?.canceled, server.exchanges.length, server.last.lastEventId]).toEqual([true, 2, "1"]);
    await server.last.send("id: 2\ndata: 2\n\n");
    expect(data).toEqual(["1", "2"]);
    expect(lifecycle).toEqual(["open", "open"]);
    source.close();
  });

  test("an id that is assigned counts from the next connection on", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", { ...options, lastEventId: "a" });
    await turns();
    expect(server.last.lastEventId).toBe("a");
    source.lastEventId = "b";
    source.reconnect();
    await turns();
    expect(server.last.lastEventId).toBe("b");
    source.close();
  });

  test("moves its id by an id-only frame", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    await turns();
    await server.last.send("id: 9\n\n");
    expect(source.lastEventId).toBe("9");
    source.close();
  });

  test("sends a non-ASCII id as UTF-8", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", { ...options, lastEventId: "…é" });
    await turns();
    expect(Buffer.from(server.last.lastEventId ?? "", "latin1").toString("utf8")).toBe("…é");
    source.close();
  });

  test("is closed by its signal, and does not begin when that has aborted already", async () => {
    const { server, options } = setUp();
    const abort = new AbortController();
    const source = createEventSource("http://host/", { ...options, signal: abort.signal });
    await turns();
    abort.abort();
    expect([source.state, server.last.canceled]).toEqual(["closed", true]);
    const late = createEventSource("http://host/", { ...options, signal: abort.signal });
    await turns();
    expect([late.state, await late.closed, server.exchanges.length]).toEqual(["closed", {}, 1]);
  });

  test("with autoConnect off waits for connect()", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", { ...options, autoConnect: false });
    await turns();
    expect([source.state, server.exchanges.length]).toEqual(["idle", 0]);
    source.connect();
    source.connect();
    await turns();
    expect([source.state, server.exchanges.length]).toEqual(["open", 1]);
    source.close();
  });

  test("a listener that throws or rejects is reported, and no other listener misses an event for it", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const errors: unknown[] = [];
    const data: string[] = [];
    source.onLifecycle("error", ({ code, cause }) => errors.push([code, cause]));
    const thrown = new Error("thrown");
    const rejected = new Error("rejected");
    source.on("message", () => {
      throw thrown;
    });
    source.on("message", () => Promise.reject(rejected));
    source.on("message", (event) => data.push(event.data));
    await turns();
    await server.last.send("data: 1\n\n");
    await server.last.send("data: 2\n\n");
    expect(data).toEqual(["1", "2"]);
    expect(errors).toHaveLength(4);
    expect(errors).toContainEqual(["handler-failed", thrown]);
    expect(errors).toContainEqual(["handler-failed", rejected]);
    source.close();
  });

  test("counts what it does", async () => {
    const { server, options } = setUp(new FakeServer(status(503), stream));
    const { clock } = options;
    const source = createEventSource("http://host/", { ...options, maxEventSize: 60 });
    source.onAny(() => {});
    await clock.pass(1_000);
    await server.last.send("data: 1\n\ndata: 2\n\n");
    await server.last.send(`data: ${"x".repeat(60)}\n\n`);
    await server.last.send('event: sse:gap\ndata: {"reason":"evicted"}\n\n');
    expect(source.stats).toMatchObject({
      attempts: 2,
      opened: 1,
      events: 2,
      invalid: 1,
      ignored: 0,
      gaps: 1,
    });
    source.close();
  });
});

describe("lifecycle", () => {
  test("a gap, a hub's live signal and its heartbeat are no events", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const seen: unknown[] = [];
    source.onAny(({ data }) => seen.push(data));
    source.onLifecycle("gap", (gap) => seen.push(gap));
    source.onLifecycle("live", (live) => seen.push(live));
    await turns();
    const gap = { reason: "evicted", requested: "e-1", oldest: "e-4" };
    const live = { connection: "c", heartbeat: 15_000, replayed: 1 };
    await server.last.send(`event: sse:gap\nid: e-3\ndata: ${JSON.stringify(gap)}\n\n`);
    expect(source.lastEventId).toBe("e-3");
    await server.last.send("id: e-4\ndata: first\n\n");
    await server.last.send(
      `event: sse:live\nid: e-4\ndata: ${JSON.stringify(live)}\n\nevent: sse:heartbeat\ndata:\n\n`,
    );
    expect(seen).toEqual([gap, "first", live]);
    expect(source.stats).toMatchObject({ gaps: 1, events: 1 });
    source.close();
  });

  test("control events that say nothing sensible break nothing", async () => {
    const { server, options } = setUp();
    const source = createEventSource("http://host/", options);
    const data: string[] = [];
    source.on("message", (event) => data.push(event.data));
    await turns();
    await server.last.send(
      "event: sse:live\ndata: null\n\nevent: sse:gap\ndata: {{\n\nevent: sse:live\ndata: 3\n\ndata: x\n\n",
    );
    expect([data, source.state]).toEqual([["x"], "open"]);
    source.close();
  });
});
