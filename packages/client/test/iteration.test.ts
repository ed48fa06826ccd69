import { describe, expect, test } from "vitest";
import { createEventSource, type EventSourceClient } from "../src/index.js";
import { ManualClock, turns } from "./support/clock.js";
import { type Answer, FakeServer, refuseConnection, status, stream } from "./support/fake-server.js";

function setUp(...answers: [Answer, ...Answer[]] | []) {
  const server = new FakeServer(...answers);
  const clock = new ManualClock();
  const source = createEventSource("http://host/", { fetch: server.fetch, clock, retry: { maxAttempts: 1 } });
  return { server, clock, source };
}

/** Takes events until the loop ends, and says how it ended. */
async function collect(source: EventSourceClient<Record<string, string>>): Promise<string[]> {
  const log: string[] = [];
  try {
    for await (const { data } of source) log.push(data);
    log.push("end");
  } catch (error) {
    log.push(`thrown: ${(error as { code: string }).code}`);
  }
  return log;
}

describe("a loop over a client", () => {
  test("does not ask the socket for more while it is at work", async () => {
    const { server, source } = setUp();
    const loop = source[Symbol.asyncIterator]();
    const first = loop.next();
    await turns();
    const { last } = server;
    await last.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
    await last.send("id: 3\ndata: 3\n\n");
    expect((await first).value?.data).toBe("1");
    await turns();
    expect([last.pulls, source.lastEventId]).toEqual([1, "1"]);
    expect((await loop.next()).value?.data).toBe("2");
    await turns();
    expect([last.pulls, source.lastEventId]).toEqual([1, "2"]);
    expect((await loop.next()).value?.data).toBe("3");
    source.close();
  });

  test("keeps the stream waiting also when it first asks after an event has come", async () => {
    const { server, source } = setUp();
    const loop = source[Symbol.asyncIterator]();
    await turns();
    await server.last.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
    expect((await loop.next()).value?.data).toBe("1");
    await turns();
    expect(source.lastEventId).toBe("1");
    source.close();
  });

  test("that first asks after a reconnect also gets the event from before it", async () => {
    const { server, source } = setUp();
    const loop = source[Symbol.asyncIterator]();
    await turns();
    await server.last.send("id: 1\ndata: 1\n\n");
    source.reconnect();
    await turns();
    expect(server.last.lastEventId).toBe("1");
    await server.last.send("id: 2\ndata: 2\n\n");
    expect((await loop.next()).value?.data).toBe("1");
    expect((await loop.next()).value?.data).toBe("2");
    source.close();
  });

  test("closes the client when it is left", async () => {
    const { server, source } = setUp();
    const taken = (async () => {
      for await (const { data } of source) if (data === "2") return data;
      return undefined;
    })();
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    expect(await taken).toBe("2");
    expect([source.state, server.last.canceled, source.stats.events]).toEqual(["closed", true, 2]);
  });

  test("gets what was received before a clean end", async () => {
    const { server, clock, source } = setUp(stream, status(204));
    const log = collect(source);
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\n");
    await server.last.end();
    await clock.pass(1_000);
    expect(await log).toEqual(["1", "2", "end"]);
  });

  test("goes on over a reconnect, and throws when the client gives up", async () => {
    const { server, clock, source } = setUp(stream, stream, status(404));
    const log = collect(source);
    await turns();
    await server.last.send("data: 1\n\n");
    await server.last.fail();
    await clock.pass(6_000);
    await server.last.send("data: 2\n\n");
    await server.last.fail();
    await clock.pass(6_000);
    expect(await log).toEqual(["1", "2", "thrown: bad-response"]);
  });

  test("ends when the client is closed elsewhere, without what was not yet taken", async () => {
    const { server, source } = setUp();
    const log: string[] = [];
    const loop = (async () => {
      for await (const { data } of source) {
        log.push(data);
        source.close();
      }
    })();
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\n");
    await loop;
    expect(log).toEqual(["1"]);
  });

  test("has nothing to take from a client that is closed", async () => {
    const { source } = setUp();
    source.close();
    expect(await collect(source)).toEqual(["end"]);
  });

  test("made while the client was closed does not hold up its next connection", async () => {
    const { server, source } = setUp();
    source.close();
    const loop = source[Symbol.asyncIterator]();
    const heard: string[] = [];
    source.on("message", ({ data }) => heard.push(data));
    source.connect();
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\n");
    expect(heard).toEqual(["1", "2"]);
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    source.close();
  });

  test("that waits is ended by return(), and by close()", async () => {
    const { source } = setUp();
    const loop = source[Symbol.asyncIterator]();
    const waiting = loop.next();
    expect(await loop.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    expect(source.state).toBe("closed");
  });

  test("gets each event once though it asks for several at a time", async () => {
    const { server, source } = setUp();
    const loop = source[Symbol.asyncIterator]();
    const results = Promise.all([loop.next(), loop.next(), loop.next()]);
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    expect((await results).map(({ value }) => value?.data)).toEqual(["1", "2", "3"]);
    source.close();
  });

  test("and another one, and a listener, get all events, at the pace of the slowest", async () => {
    const { server, source } = setUp();
    const heard: string[] = [];
    source.on("message", ({ data }) => heard.push(data));
    const quick = collect(source);
    const slow = source[Symbol.asyncIterator]();
    const first = slow.next();
    await turns();
    await server.last.send("data: 1\n\ndata: 2\n\n");
    expect((await first).value?.data).toBe("1");
    await turns();
    expect(heard).toEqual(["1"]);
    await slow.next();
    expect(heard).toEqual(["1", "2"]);
    source.close();
    expect(await quick).toEqual(["1", "2", "end"]);
  });

  test("throws the error once", async () => {
    const { source } = setUp(status(404));
    const loop = source[Symbol.asyncIterator]();
    await expect(loop.next()).rejects.toMatchObject({ code: "bad-response" });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  test("over a client that could never connect throws", async () => {
    const { source, clock } = setUp(refuseConnection);
    const log = collect(source);
    await clock.pass(60_000);
    expect(await log).toEqual(["thrown: disconnected"]);
  });
});
