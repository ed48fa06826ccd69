import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createEventSource, type EventSourceOptions, runText } from "../src/index.js";
import { ManualClock, turns } from "./support/clock.js";
import { type Answer, FakeServer, status, stream } from "./support/fake-server.js";

type Source = ReturnType<typeof createEventSource>;

const end = 'event: sse:end\nid: 9\ndata: {"state":"complete","data":1}\n\n';

function setUp(answers: [Answer, ...Answer[]], options: EventSourceOptions = {}) {
  const server = new FakeServer(...answers);
  const clock = new ManualClock();
  const source = createEventSource("http://host/chat", { fetch: server.fetch, clock, ...options });
  const data: unknown[] = [];
  source.onAny((event) => data.push(event.data));
  return { server, clock, source, data };
}

/** A stream that says where it can be resumed. */
function startsRun(location: string): Answer {
  return ({ body }) =>
    new Response(body, { headers: { "content-type": "text/event-stream", "content-location": location } });
}

function requests({ exchanges }: FakeServer): unknown[] {
  return exchanges.map(({ url, init, lastEventId }) => [init.method, url, init.body ?? null, lastEventId]);
}

describe("a run that has ended", () => {
  test("closes the client with its state, and the end is no event", async () => {
    const { server, source, data } = setUp([stream]);
    await turns();
    await server.last.send(`id: 1\ndata: a\n\n${end}data: after\n\n`);
    expect(await source.closed).toEqual({ end: { state: "complete", data: 1 } });
    expect([data, source.lastEventId, server.exchanges.length]).toEqual([["a"], "9", 1]);
    expect(server.last.canceled).toBe(true);
  });

  test("ends a loop", async () => {
    const server = new FakeServer();
    const source = createEventSource("http://host/", { fetch: server.fetch });
    const seen: unknown[] = [];
    const looped = (async () => {
      for await (const { data } of source) seen.push(data);
    })();
    await turns();
    await server.last.send(`data: a\n\n${end}`);
    await looped;
    expect(seen).toEqual(["a"]);
  });

  test("is forgotten when the client connects again", async () => {
    const { server, source } = setUp([stream]);
    await turns();
    await server.last.send(end);
    await source.closed;
    source.connect();
    await turns();
    await server.last.end();
    expect(source.state).toBe("reconnecting");
    source.close();
    expect(await source.closed).toEqual({});
  });
});

describe("a request that starts a run", () => {
  const post = { method: "POST", body: "{}" };

  test("is resumed at its Content-Location by GET, and never sent again", async () => {
    const { server, clock, source, data } = setUp([startsRun("/runs/1"), stream], post);
    await turns();
    await server.last.send("id: 1\ndata: a\n\n");
    await server.last.fail();
    await clock.pass(10_000);
    await server.last.send(`id: 2\ndata: b\n\n${end}`);
    expect(await source.closed).toMatchObject({ end: { state: "complete" } });
    expect(data).toEqual(["a", "b"]);
    expect(requests(server)).toEqual([
      ["POST", "http://host/chat", "{}", null],
      ["GET", "http://host/runs/1", null, "1"],
    ]);
  });

  test("may be answered without a stream: the run is read at its location at once", async () => {
    const { server, source, data } = setUp(
      [status(201, { "content-location": "runs/1" }, "{}"), stream],
      post,
    );
    await turns();
    await server.last.send(`data: a\n\n${end}`);
    await source.closed;
    expect(data).toEqual(["a"]);
    expect(requests(server).at(-1)).toEqual(["GET", "http://host/runs/1", null, null]);
  });

  test("keeps its headers, and reconnects on demand", async () => {
    const { server, source } = setUp([startsRun("/runs/1"), stream], {
      ...post,
      headers: { authorization: "t" },
    });
    await turns();
    source.reconnect();
    await turns();
    expect(server.last.headers.get("authorization")).toBe("t");
    expect(server.last.init.method).toBe("GET");
    source.close();
  });

  test.each([
    ["of another origin", "http://other/runs/1"],
    ["that is missing", ""],
  ])("is not repeated with a location %s", async (_what, location) => {
    const { server, clock, source } = setUp([startsRun(location), stream], post);
    await turns();
    await server.last.end();
    await clock.pass(10_000);
    expect(server.exchanges).toHaveLength(1);
    expect(await source.closed).toEqual({});
  });
});

describe("runText", () => {
  test("joins the deltas, and starts again after a gap", async () => {
    const { server, source } = setUp([stream]);
    const text = runText(source);
    let changes = 0;
    text.subscribe(() => {
      changes += 1;
    });
    await turns();
    await server.last.send("data: a\n\ndata: b\n\n");
    expect([text.getSnapshot(), changes]).toEqual(["ab", 2]);
    await server.last.send('event: sse:gap\nid: 1\ndata: {"reason":"unknown"}\n\ndata: c\n\n');
    expect(text.getSnapshot()).toBe("c");
    source.close();
  });

  test("prints what a listener throws, also at the end, and calls the others", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    onTestFinished(() => {
      print.mockRestore();
      process.off("unhandledRejection", unhandled);
    });
    const { server, source } = setUp([stream]);
    const text = runText(source);
    const error = new Error("oops");
    const snapshots: string[] = [];
    text.subscribe(() => {
      throw error;
    });
    text.subscribe(() => snapshots.push(text.getSnapshot()));
    await turns();
    await server.last.send(`data: a\n\n${end}`);
    await source.closed;
    // Node emits the event after the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
    expect(snapshots).toEqual(["a", "a"]);
    expect([print.mock.calls, unhandled.mock.calls]).toEqual([[[error], [error]], []]);
  });

  test("is a loop over the whole text, which ends with the run", async () => {
    const { server, source } = setUp([stream]);
    const seen: string[] = [];
    const looped = (async () => {
      for await (const text of runText(source)) seen.push(text);
    })();
    await turns();
    await server.last.send("data: a\n\n");
    await server.last.send(`data: b\n\n${end}`);
    await looped;
    expect(seen).toEqual(["a", "ab"]);
  });

  test("throws the error that closed the client", async () => {
    const { source } = setUp([status(404)]);
    const looped = (async () => {
      for await (const _ of runText(source));
    })();
    await expect(looped).rejects.toMatchObject({ code: "bad-response", status: 404 });
  });

  test.each([
    ["reads the text alone", 1, () => {}],
    ["listens to the client", 0, (source: Source) => source.onLifecycle("error", () => {})],
    ["waits for the client's close", 0, (source: Source) => source.closed],
  ])("leaves the error of a client to others: written once if the page %s", async (_what, times, hear) => {
    const written = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => written.mockRestore());
    const { source } = setUp([status(404)]);
    const text = runText(source);
    hear(source);
    await new Promise<void>((resolve) => text.subscribe(resolve));
    expect(written).toHaveBeenCalledTimes(times);
  });

  test("takes what an event adds from the application", async () => {
    const { server, source } = setUp([stream], { decode: "json" } as EventSourceOptions);
    const text = runText(source, { delta: ({ data }) => (data as { text?: string }).text });
    await turns();
    await server.last.send('data: {"text":"a"}\n\ndata: {"other":1}\n\n');
    expect(text.getSnapshot()).toBe("a");
    source.close();
  });
});
