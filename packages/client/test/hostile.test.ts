import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { deferred } from "../src/deferred.js";
import { createEventSource, type EventSourceOptions } from "../src/index.js";
import { ManualClock } from "./support/clock.js";
import { recordLifecycle } from "./support/record.js";
import { type Listening, listen, listenRaw, onRequestHead, streamHead } from "./support/servers.js";

let server: Listening | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const atOnce = { retry: { initialDelay: 0, maxDelay: 0 } } satisfies EventSourceOptions;

/** Takes so many events and closes the client. */
async function take(count: number, url: string, options: EventSourceOptions = atOnce): Promise<string[]> {
  const taken: string[] = [];
  for await (const { event, data, lastEventId } of createEventSource(url, options)) {
    taken.push(`${event} ${data} ${lastEventId}`);
    if (taken.length === count) break;
  }
  return taken;
}

const body =
  "\uFEFFretry: 0\nid: 1\ndata: one\n\n: comment\r\nid: 2\r\nevent: näme\r\ndata: zwei €\r\ndata: 😀\r\n\r\nid: 3\rdata: three\r\r";
const expected = ["message one 1", "näme zwei €\n😀 2", "message three 3"];

/** Returns the part of the body that follows an id. */
function rest(lastEventId: string): string {
  const at = body.indexOf(`id: ${Number(lastEventId) + 1}`);
  return lastEventId === "" ? body : at === -1 ? "" : body.slice(at);
}

describe("a stream that is cut", () => {
  test("after any byte is resumed, and every event comes once", async () => {
    const whole = Buffer.from(streamHead + body);
    let cut = 0;
    let connections = 0;
    server = await listenRaw((socket) =>
      onRequestHead(socket, (head) => {
        const lastEventId = /last-event-id: (.*)\r\n/i.exec(head)?.[1] ?? "";
        connections += 1;
        const answer = Buffer.from(streamHead + rest(lastEventId));
        socket.end(connections === 1 ? answer.subarray(0, cut) : answer);
      }),
    );
    for (cut = 0; cut < whole.length; cut++) {
      connections = 0;
      expect([cut, await take(3, server.url)]).toEqual([cut, expected]);
      expect(connections).toBeLessThanOrEqual(3);
    }
  });

  test("by a reset within an event is resumed", async () => {
    let connections = 0;
    server = await listenRaw((socket) =>
      onRequestHead(socket, () => {
        connections += 1;
        if (connections > 1) socket.end(streamHead + rest("1"));
        else
          socket.write(`${streamHead}id: 1\ndata: one\n\nid: 2\ndata: tw`, () =>
            setImmediate(() => socket.resetAndDestroy()),
          );
      }),
    );
    expect(await take(3, server.url)).toEqual(expected);
  });
});

describe("a stream in pieces", () => {
  test("of one byte is the same stream", async () => {
    server = await listenRaw((socket) => {
      socket.setNoDelay(true);
      onRequestHead(socket, async () => {
        socket.write(streamHead);
        for (const byte of Buffer.from(body)) {
          socket.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    expect(await take(3, server.url)).toEqual(expected);
  });

  test("of a server that compresses, flushing or not, is the same stream", async () => {
    server = await listen((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
      response.end(gzipSync(body));
    });
    expect(await take(3, server.url)).toEqual(expected);
  });
});

describe("a server gone mad", () => {
  test("that redirects to itself is asked again a few times, not for ever", async () => {
    let requests = 0;
    server = await listen((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: "/" }).end();
    });
    const source = createEventSource(server.url, { retry: { ...atOnce.retry, maxAttempts: 2 } });
    const lifecycle = recordLifecycle(source);
    await source.closed;
    expect(lifecycle).toEqual([
      "reconnecting 1 in 0: disconnected",
      "reconnecting 2 in 0: disconnected",
      "error disconnected",
      "close disconnected",
    ]);
    expect(requests).toBeLessThan(100);
  });

  test("whose headers never end is given up", async () => {
    server = await listenRaw((socket) =>
      onRequestHead(socket, () => {
        socket.removeAllListeners("data");
        socket.write("HTTP/1.1 200 OK\r\n");
        const more = () => {
          while (socket.writable && socket.write(`x-${"a".repeat(1_000)}: b\r\n`));
        };
        socket.on("drain", more);
        more();
      }),
    );
    const { error } = await createEventSource(server.url, { retry: false }).closed;
    expect(error?.code).toBe("disconnected");
  });

  test("whose event never ends is not kept in memory, and what follows is received", async () => {
    const megabytes = 20;
    server = await listenRaw((socket) =>
      onRequestHead(socket, async () => {
        socket.write(`${streamHead}id: 1\ndata: before\n\n`);
        const junk = `data: ${"x".repeat(1_000_000)}\n`;
        for (let sent = 0; sent < megabytes && socket.writable; sent++) {
          if (!socket.write(junk)) await new Promise((resolve) => socket.once("drain", resolve));
        }
        socket.write("\nid: 2\ndata: after\n\n");
      }),
    );
    const source = createEventSource(server.url, { ...atOnce, maxEventSize: 10_000 });
    const lifecycle = recordLifecycle(source);
    const taken: string[] = [];
    for await (const { data } of source) {
      taken.push(data);
      if (data === "after") break;
    }
    expect(taken).toEqual(["before", "after"]);
    expect(lifecycle).toEqual(["open", "error too-large", "close"]);
    expect(source.stats).toMatchObject({ attempts: 1, invalid: 1 });
    expect(source.stats.bytes).toBeGreaterThan(megabytes * 1_000_000);
  });

  test("that says nothing for five minutes is left, where that is asked for", async () => {
    const left = deferred<void>();
    server = await listenRaw((socket) => {
      socket.on("close", () => left.resolve());
      onRequestHead(socket, () => socket.write(streamHead));
    });
    const clock = new ManualClock();
    const source = createEventSource(server.url, { clock, idleTimeout: 300_000 });
    await new Promise((resolve) => source.onLifecycle("open", resolve));
    await clock.pass(299_999);
    expect(source.state).toBe("open");
    await clock.pass(1);
    expect(source.state).toBe("reconnecting");
    await left.promise;
    source.close();
  });

  test("that sends a body without end instead of a stream is left, and its beginning shown", async () => {
    const left = deferred<void>();
    server = await listen((request, response) => {
      request.socket.on("close", () => left.resolve());
      response.writeHead(200, { "content-type": "text/html" });
      const more = () => {
        while (response.write("<p>".repeat(1_000)));
      };
      response.on("drain", more);
      more();
    });
    const { error } = await createEventSource(server.url).closed;
    expect(error?.body).toMatch(/^(<p>){341}<$/);
    await left.promise;
  });
});

test("a slow loop stops the server from sending", async () => {
  let written = 0;
  let stopped = () => {};
  const full = new Promise<void>((resolve) => (stopped = resolve));
  server = await listen((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const event = `data: ${"x".repeat(10_000)}\n\n`;
    const more = () => {
      // Without back-pressure this would go on until the memory is full.
      while (written < 500_000_000) {
        written += event.length;
        if (!response.write(event)) return stalled();
      }
    };
    let stall: NodeJS.Timeout | undefined;
    const stalled = () => {
      clearTimeout(stall);
      stall = setTimeout(stopped, 500);
    };
    response.on("drain", more);
    more();
  });
  const loop = createEventSource(server.url)[Symbol.asyncIterator]();
  await loop.next();
  await full;
  expect(written).toBeLessThan(50_000_000);
  await loop.return?.();
});
