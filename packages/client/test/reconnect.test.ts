import { describe, expect, test } from "vitest";
import { createEventSource, type EventSourceOptions } from "../src/index.js";
import { ManualClock, turns } from "./support/clock.js";
import { type Answer, FakeServer, refuseConnection, status, stream } from "./support/fake-server.js";
import { withPage } from "./support/page.js";
import { recordLifecycle } from "./support/record.js";

function setUp(answers: [Answer, ...Answer[]], options: EventSourceOptions = {}) {
  const server = new FakeServer(...answers);
  const clock = new ManualClock();
  const source = createEventSource("http://host/", { fetch: server.fetch, clock, ...options });
  source.onAny(() => {});
  return { server, clock, source, lifecycle: recordLifecycle(source) };
}

describe("what is tried again", () => {
  test("a stream that the server ends, from its last id", async () => {
    const { server, clock, source, lifecycle } = setUp([stream]);
    await turns();
    await server.last.send("id: 3\ndata: x\n\nid: 4\ndata: unfinish");
    await server.last.end();
    expect(source.state).toBe("reconnecting");
    await clock.pass(1_000);
    expect([source.state, server.exchanges.length, server.last.lastEventId]).toEqual(["open", 2, "3"]);
    expect(lifecycle).toEqual(["open", "reconnecting 1 in 1000: ended", "open"]);
    source.close();
  });

  test("a stream that breaks, and a server that cannot be reached", async () => {
    const { server, clock, source, lifecycle } = setUp([stream, refuseConnection, refuseConnection, stream]);
    await turns();
    await server.last.fail();
    await clock.pass(10_000);
    expect(lifecycle).toEqual([
      "open",
      "reconnecting 1 in 1000: disconnected",
      "reconnecting 2 in 2000: disconnected",
      "reconnecting 3 in 4000: disconnected",
      "open",
    ]);
    source.close();
  });

  test.each([408, 425, 429, 500, 502, 503, 504])("status %i", async (code) => {
    const { clock, source, lifecycle } = setUp([status(code), stream]);
    await clock.pass(1_000);
    expect(lifecycle).toEqual(["reconnecting 1 in 1000: bad-response", "open"]);
    source.close();
  });

  test("headers that could not be made", async () => {
    let calls = 0;
    const headers = () => {
      calls += 1;
      if (calls === 1) throw new Error("no token");
      return { authorization: `Bearer ${calls}` };
    };
    const { server, clock, source, lifecycle } = setUp([stream], { headers });
    await clock.pass(1_000);
    expect(lifecycle).toEqual(["reconnecting 1 in 1000: handler-failed", "open"]);
    expect(server.last.headers.get("authorization")).toBe("Bearer 2");
    source.close();
  });
});

describe("what ends it", () => {
  test.each([400, 401, 403, 404, 410, 422])(
    "status %i, with an error that shows the answer",
    async (code) => {
      const { source, lifecycle, clock } = setUp([status(code, { "x-why": "because" }, "no such stream")]);
      await clock.pass(0);
      expect(lifecycle).toEqual(["error bad-response", "close bad-response"]);
      expect((await source.closed).error).toMatchObject({ status: code, body: "no such stream" });
      expect([source.state, clock.pending]).toEqual(["closed", 0]);
    },
  );

  test("a wrong content type, though the status is 200", async () => {
    const { source, clock } = setUp([
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    ]);
    await clock.pass(0);
    expect((await source.closed).error).toMatchObject({ code: "bad-response", status: 200, body: "<html>" });
  });

  test("204, which is no error", async () => {
    const { source, lifecycle, clock } = setUp([
      stream,
      status(204, { "content-type": "text/event-stream" }),
    ]);
    await turns();
    await clock.pass(0);
    source.reconnect();
    await turns();
    expect(lifecycle).toEqual(["open", "close"]);
    expect(await source.closed).toEqual({});
  });

  test("the number of attempts", async () => {
    const { source, lifecycle, clock } = setUp([refuseConnection], { retry: { maxAttempts: 2 } });
    await clock.pass(60_000);
    expect(lifecycle.slice(-3)).toEqual([
      "reconnecting 2 in 2000: disconnected",
      "error disconnected",
      "close disconnected",
    ]);
    expect(source.stats.attempts).toBe(3);
  });

  test("the end of the stream, where there are no retries: that is no error", async () => {
    const { source, server, lifecycle } = setUp([stream], { retry: false });
    await turns();
    await server.last.end();
    expect(lifecycle).toEqual(["open", "close"]);
    expect(await source.closed).toEqual({});
  });

  test("what shouldRetry says, either way", async () => {
    const seen: unknown[] = [];
    const shouldRetry: EventSourceOptions["shouldRetry"] = (failure) => {
      seen.push([failure.code, failure.status]);
      return failure.status === 404 ? true : failure.status === 500 ? false : undefined;
    };
    const { clock, lifecycle } = setUp([status(404), status(502), status(500)], { shouldRetry });
    await clock.pass(60_000);
    expect(seen).toEqual([
      ["bad-response", 404],
      ["bad-response", 502],
      ["bad-response", 500],
    ]);
    expect(lifecycle.at(-1)).toBe("close bad-response");
  });

  test("a shouldRetry that throws", async () => {
    const shouldRetry = () => {
      throw new Error("oops");
    };
    const { clock, lifecycle } = setUp([status(500)], { shouldRetry });
    await clock.pass(0);
    expect(lifecycle).toEqual(["error handler-failed", "close handler-failed"]);
  });
});

describe("when", () => {
  test("the server's `retry` is the new base, and no attempt comes before it", async () => {
    const { server, clock, source, lifecycle } = setUp([stream, status(503), stream]);
    clock.chance = 0.5;
    await turns();
    await server.last.send("retry: 3000\n\n");
    await server.last.end();
    await clock.pass(10_000);
    expect(lifecycle.slice(1, 3)).toEqual([
      "reconnecting 1 in 3750: ended",
      "reconnecting 2 in 7500: bad-response",
    ]);
    source.close();
  });

  test("Retry-After holds once", async () => {
    const { clock, source, lifecycle } = setUp([status(503, { "retry-after": "7" }), status(503), stream]);
    await clock.pass(60_000);
    expect(lifecycle).toEqual([
      "reconnecting 1 in 7000: bad-response",
      "reconnecting 2 in 2000: bad-response",
      "open",
    ]);
    source.close();
  });

  test("a stream that opens and breaks at once is backed off from; one that was stable is not", async () => {
    const { server, clock, source, lifecycle } = setUp([stream]);
    await turns();
    await server.last.end();
    await clock.pass(1_000);
    await clock.pass(4_999);
    await server.last.end();
    await clock.pass(2_000);
    await clock.pass(5_000);
    await server.last.end();
    expect(lifecycle.filter((line) => line !== "open")).toEqual([
      "reconnecting 1 in 1000: ended",
      "reconnecting 2 in 2000: ended",
      "reconnecting 1 in 1000: ended",
    ]);
    source.close();
  });

  test("a server that asks to come back at once is backed off from all the same", async () => {
    for (const retryAfter of ["0", "Wed, 21 Oct 2015 07:28:00 GMT", "-1"]) {
      const { clock, source, lifecycle } = setUp([status(503, { "retry-after": retryAfter })]);
      await clock.pass(7_000);
      expect(lifecycle).toEqual([
        "reconnecting 1 in 1000: bad-response",
        "reconnecting 2 in 2000: bad-response",
        "reconnecting 3 in 4000: bad-response",
        "reconnecting 4 in 8000: bad-response",
      ]);
      source.close();
    }
  });

  test("a stream that breaks at once, again and again, with `retry: 0`, is not asked for at once", async () => {
    const { server, clock, source } = setUp([stream]);
    for (let time = 0; time < 2_000; time += 10) {
      await turns(2);
      if (server.last.canceled) await clock.pass(10);
      else {
        await server.last.send("retry: 0\n\n");
        await server.last.end();
      }
    }
    expect(server.exchanges.length).toBeLessThan(20);
    source.close();
  });

  test("a soft refusal counts as a failed attempt, however long it took", async () => {
    const { server, clock, source, lifecycle } = setUp([stream]);
    await turns();
    for (const delay of [8_000, 16_000]) {
      await clock.pass(6_000);
      await server.last.send('retry: 8000\nevent: sse:refused\ndata: {"reason":"limit"}\n\n');
      await clock.pass(delay);
    }
    expect(lifecycle.filter((line) => line !== "open")).toEqual([
      "reconnecting 1 in 8000: refused",
      "reconnecting 2 in 16000: refused",
    ]);
    expect(server.exchanges[0]?.canceled).toBe(true);
    source.close();
  });

  test("connect() ends the wait", async () => {
    const { server, source, clock } = setUp([refuseConnection, stream]);
    await turns();
    expect(source.state).toBe("reconnecting");
    source.connect();
    await turns();
    expect([source.state, server.exchanges.length, clock.pending]).toEqual(["open", 2, 0]);
    source.close();
  });
});

describe("the idle watchdog", () => {
  test("is not there unless asked for: five minutes of silence end nothing on our side", async () => {
    const { server, clock, source, lifecycle } = setUp([stream]);
    await turns();
    await server.last.send("data: x\n\n");
    await clock.pass(300_000);
    expect([lifecycle, source.state, server.exchanges.length]).toEqual([["open"], "open", 1]);
    expect([server.last.canceled, clock.pending]).toEqual([false, 0]);
    source.close();
  });

  test("ends a connection on which not a single byte came for that long; any byte holds it off", async () => {
    const { server, clock, source, lifecycle } = setUp([stream], { idleTimeout: 3_000 });
    await turns();
    for (const bytes of [":", "\n", "d", "ata: x"]) {
      await clock.pass(2_999);
      await server.last.send(bytes);
    }
    await clock.pass(2_999);
    expect(lifecycle).toEqual(["open"]);
    await clock.pass(1);
    expect(lifecycle).toEqual(["open", "reconnecting 1 in 1000: idle"]);
    expect(server.last.canceled).toBe(true);
    source.close();
  });

  test("also watches over a server that does not answer", async () => {
    const { clock, source, lifecycle } = setUp([() => new Promise(() => {}), stream], { idleTimeout: 3_000 });
    await clock.pass(4_000);
    expect(lifecycle).toEqual(["reconnecting 1 in 1000: idle", "open"]);
    source.close();
  });

  test("is set by the heartbeat that a hub announces", async () => {
    const { server, clock, source, lifecycle } = setUp([stream]);
    await clock.pass(3_600_000);
    await server.last.send('event: sse:live\ndata: {"connection":"c","heartbeat":15000,"replayed":0}\n\n');
    await clock.pass(30_999);
    expect(lifecycle).toEqual(["open", "live"]);
    await clock.pass(1);
    expect(lifecycle.at(-1)).toBe("reconnecting 1 in 1000: idle");
    source.close();
  });

  test.each([
    [0, 15_000],
    [Infinity, 15_000],
    [undefined, 0],
    [undefined, -5],
    [undefined, 1e12],
    [undefined, '"x"'],
  ])("with idleTimeout %j and an announced heartbeat of %j it sleeps", async (idleTimeout, heartbeat) => {
    const { server, clock, source, lifecycle } = setUp(
      [stream],
      idleTimeout === undefined ? {} : { idleTimeout },
    );
    await turns();
    await server.last.send(`event: sse:live\ndata: {"heartbeat":${heartbeat}}\n\n`);
    await clock.pass(86_400_000);
    expect([lifecycle, clock.pending]).toEqual([["open", "live"], 0]);
    source.close();
  });

  test("does not run while a slow loop holds the stream up", async () => {
    const server = new FakeServer();
    const clock = new ManualClock();
    const source = createEventSource("http://host/", { fetch: server.fetch, clock, idleTimeout: 3_000 });
    const loop = source[Symbol.asyncIterator]();
    const first = loop.next();
    await turns();
    await server.last.send("data: 1\n\n");
    await first;
    await clock.pass(60_000);
    expect(source.state).toBe("open");
    const second = loop.next();
    await server.last.send("data: 2\n\n");
    expect((await second).value?.data).toBe("2");
    source.close();
  });
});

describe("waking up", () => {
  /** Creates the event target of a browser or worker. */
  function fakeEvents(): EventTarget {
    const target = new EventTarget();
    Object.assign(globalThis, {
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    });
    return target;
  }
  function removeEvents(): void {
    Reflect.deleteProperty(globalThis, "addEventListener");
    Reflect.deleteProperty(globalThis, "removeEventListener");
  }

  test.each(["online", "pageshow"])("%s ends the wait to reconnect", async (name) => {
    const target = fakeEvents();
    try {
      const { server, source } = setUp([refuseConnection, stream]);
      await turns();
      target.dispatchEvent(new Event(name));
      await turns();
      expect([source.state, server.exchanges.length]).toEqual(["open", 2]);
      source.close();
    } finally {
      removeEvents();
    }
  });

  test("to be online again does not undercut what the server asked for", async () => {
    const target = fakeEvents();
    try {
      const { server, source } = setUp([status(503, { "retry-after": "60" })]);
      await turns();
      target.dispatchEvent(new Event("online"));
      await turns();
      expect([source.state, server.exchanges.length]).toEqual(["reconnecting", 1]);
      source.close();
    } finally {
      removeEvents();
    }
  });
});

describe("a hidden page", () => {
  test("keeps its connection", () =>
    withPage(async (page) => {
      const { server, source } = setUp([stream]);
      await turns();
      page.show(false);
      await turns();
      expect([source.state, server.last.canceled]).toEqual(["open", false]);
      source.close();
    }));

  test("with pauseWhenHidden leaves it, and resumes when it is shown", () =>
    withPage(async (page) => {
      const { server, source } = setUp([stream], { pauseWhenHidden: true });
      await turns();
      await server.last.send("id: 4\ndata:\n\n");
      page.show(false);
      await turns();
      expect([source.state, server.last.canceled]).toEqual(["paused", true]);
      page.show(true);
      await turns();
      expect([source.state, server.exchanges.length, server.last.lastEventId]).toEqual(["open", 2, "4"]);
      source.close();
      page.show(false);
      page.show(true);
      await turns();
      expect([source.state, server.exchanges.length]).toEqual(["closed", 2]);
    }));
});

test.each([
  { retry: { initialDelay: -1 } },
  { retry: { maxDelay: Number.NaN } },
  { retry: { factor: 0.5 } },
  { retry: { jitter: 2 } },
  { retry: { maxAttempts: -1 } },
  { retry: { resetAfter: -1 } },
  { idleTimeout: -1 },
  { maxEventSize: 0 },
])("%j is refused at once", (options) => {
  const [field] = Object.keys("retry" in options ? options.retry : options);
  expect(() => createEventSource("http://host/", options)).toThrow(
    expect.objectContaining({ code: "invalid-option", field }),
  );
});
