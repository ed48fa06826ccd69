import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { createStockServer, type StockServer, type StockServerOptions } from "../src/server.js";
import { listings } from "../src/symbols.js";
import { Follower } from "./support/follower.js";
import { type ManualClock, manualClock } from "./support/manual-clock.js";

const symbols = listings.map(({ symbol }) => symbol);
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Started {
  server: StockServer;
  clock: ManualClock;
  /** Its address, with a path. */
  at: (path: string) => string;
}

async function start(options: StockServerOptions = {}): Promise<Started> {
  const clock = manualClock();
  const server = await createStockServer({ port: 0, seed: 1, clock, ...options });
  cleanUps.push(() => server.close());
  return { server, clock, at: (path) => `http://127.0.0.1:${server.port}${path}` };
}

async function follow(url: string, lastEventId?: string): Promise<Follower> {
  const follower = await Follower.open(url, lastEventId);
  cleanUps.push(() => follower.leave());
  return follower;
}

type TextReader = ReadableStreamDefaultReader<string>;

/** Opens a stream that is read as text. */
async function openText(url: string): Promise<{ headers: Headers; reader: TextReader }> {
  const abort = new AbortController();
  cleanUps.push(() => abort.abort());
  const { headers, body } = await fetch(url, { signal: abort.signal });
  const reader = (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  return { headers, reader };
}

/** Reads up to a text, or to the end. */
async function readUntil(reader: TextReader, text?: string): Promise<string> {
  let seen = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return seen;
    seen += value;
    if (text !== undefined && seen.includes(text)) return seen;
  }
}

async function position(at: Started["at"]): Promise<string> {
  return (await (await fetch(at("/symbols"))).json()).position;
}

test("each second brings an event per share: its symbol, an id, and a price with six decimals", async () => {
  const { clock, at } = await start();
  const client = await follow(at("/price"));
  await client.untilLive();
  clock.pass(1);
  const events = await client.take(symbols.length);
  expect(events.map(({ event }) => event)).toEqual(symbols);
  for (const { data, id } of events) {
    expect(data).toMatch(/^\d+\.\d{6}$/);
    expect(id).toMatch(/^[\w.-]+$/);
  }
});

test("every id is unique, and every share's price moves", async () => {
  const { clock, at } = await start();
  const client = await follow(at("/price"));
  await client.untilLive();
  clock.pass(100);
  const events = await client.take(100 * symbols.length);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const symbol of symbols) {
    const prices = events.filter(({ event }) => event === symbol).map(({ data }) => data);
    expect(prices).toHaveLength(100);
    expect(new Set(prices).size).toBeGreaterThan(90);
  }
});

test("the lines of an event are those that curl shows", async () => {
  const { clock, at } = await start();
  const { headers, reader } = await openText(at("/price?symbols=AAPL"));
  expect(headers.get("content-type")).toBe("text/event-stream");
  expect(await readUntil(reader, "sse:live")).toMatch(/^retry: \d+\nevent: sse:live\nid: [\w.-]+\ndata: \{/);
  clock.pass(1);
  expect(await readUntil(reader, "AAPL")).toMatch(/^event: AAPL\nid: [\w.-]+\ndata: \d+\.\d{6}\n\n$/);
});

test("all prices of a second are one write", async () => {
  const { server, clock } = await start();
  const socket = connect(server.port, "127.0.0.1").setEncoding("latin1");
  cleanUps.push(() => socket.destroy());
  let received = "";
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      socket.on("data", (part) => {
        received += part;
        if (received.includes(text)) resolve();
      });
    });
  socket.write("GET /price HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until("sse:live");
  received = "";
  const lastOfSecond = until("event: TSLA");
  clock.pass(1);
  await lastOfSecond;
  const [size = "", content = ""] = received.split("\r\n");
  expect(content.match(/^event: /gm)).toHaveLength(symbols.length);
  expect(content).toHaveLength(Number.parseInt(size, 16));
});

test.each([
  "/price?symbols=AAPL,TSLA",
  "/price?symbols=AAPL&symbols=TSLA",
  "/price?symbols=%20AAPL%20,,TSLA",
])("%s brings the two shares and no other", async (path) => {
  const { clock, at } = await start();
  const client = await follow(at(path));
  await client.untilLive();
  clock.pass(2);
  expect((await client.take(4)).map(({ event }) => event)).toEqual(["AAPL", "TSLA", "AAPL", "TSLA"]);
});

test("a client that comes back with its last id gets what it missed once each, and then the live prices", async () => {
  const { clock, at } = await start();
  const witness = await follow(at("/price"));
  await witness.untilLive();
  const client = await follow(at("/price"));
  await client.untilLive();
  clock.pass(2);
  const before = await client.take(2 * symbols.length - 3); // It disconnects in the middle of a second.
  client.leave();
  clock.pass(18);
  const back = await follow(at("/price"), before.at(-1)?.id);
  const missed = await back.untilLive();
  clock.pass(1);
  const live = await back.take(symbols.length);
  expect(missed).toHaveLength(18 * symbols.length + 3);
  expect(told([...before, ...missed, ...live])).toEqual(told(await witness.take(21 * symbols.length)));
});

test("a client that follows one share gets what it missed of that share only", async () => {
  const { clock, at } = await start();
  const client = await follow(at("/price?symbols=AMZN"));
  await client.untilLive();
  clock.pass(1);
  const [last] = await client.take(1);
  client.leave();
  clock.pass(5);
  const missed = await (await follow(at("/price?symbols=AMZN"), last?.id)).untilLive();
  expect(missed.map(({ event }) => event)).toEqual(Array(5).fill("AMZN"));
});

test("history and the stream from its position are the whole series, without a break or a repeat", async () => {
  const { clock, at } = await start();
  clock.pass(3);
  const state = await (await fetch(at("/symbols"))).json();
  clock.pass(2);
  const client = await follow(at(`/price?symbols=NVDA&lastEventId=${state.position}`));
  const sinceThen = (await client.untilLive()).map(({ data }) => Number(data));
  const known: number[] = state.symbols.find(({ symbol }: { symbol: string }) => symbol === "NVDA").history;
  const now = await (await fetch(at("/symbols"))).json();
  const record: number[] = now.symbols.find(({ symbol }: { symbol: string }) => symbol === "NVDA").history;
  expect([...known, ...sinceThen].slice(2)).toEqual(record);
});

test("/price/latest brings who was away only the newest price of each share, and who is there every price", async () => {
  const { clock, at } = await start();
  const whole = await follow(at("/price"));
  const client = await follow(at("/price/latest"));
  await Promise.all([whole.untilLive(), client.untilLive()]);
  clock.pass(1);
  clock.pass(1);
  const before = await client.take(2 * symbols.length);
  expect(told(before)).toEqual(told(await whole.take(2 * symbols.length)));
  client.leave();
  clock.pass(18);
  const prices = await whole.take(18 * symbols.length);
  const back = await follow(at("/price/latest"), before.at(-1)?.id);
  expect(told(await back.untilLive())).toEqual(told(prices.slice(-symbols.length)));
  clock.pass(1);
  expect(told(await back.take(symbols.length))).toEqual(told(await whole.take(symbols.length)));
});

test("GET /metrics tells Prometheus what each hub did, and names no share", async () => {
  const { clock, at } = await start();
  const client = await follow(at("/price?symbols=AAPL"));
  await client.untilLive();
  clock.pass(3);
  const [, , last] = await client.take(3);
  clock.pass(2);
  await (await follow(at("/price/latest?symbols=AAPL"), last?.id)).untilLive();
  const { status, headers, text } = await fetch(at("/metrics")).then(async (response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  }));
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const value = (name: string, hub: string): number =>
    Number(new RegExp(`^${name}\\{[^}]*hub="${hub}"[^}]*\\} (\\d+)`, "m").exec(text)?.[1]);
  expect(value("sse_hub_connections", "price")).toBe(1);
  expect(value("sse_hub_published_events_total", "price")).toBe(5 * symbols.length);
  expect(value("sse_hub_delivered_events_total", "price")).toBeGreaterThanOrEqual(3);
  expect(value("sse_hub_connections", "latest")).toBe(1);
  expect(value("sse_hub_conflated_events_total", "latest")).toBe(1);
  expect(text).not.toContain("AAPL");
});

test("GET /symbols tells names, opening prices and history", async () => {
  const { at } = await start();
  const state = await (await fetch(at("/symbols"))).json();
  expect(state.interval).toBe(1_000);
  expect(state.symbols.map(({ symbol }: { symbol: string }) => symbol)).toEqual(symbols);
  expect(state.symbols[0]).toMatchObject({ name: "Apple", open: 92.6 });
  expect(state.symbols[0].history).toHaveLength(180);
});

test("an id from before a restart is answered with a gap, and then with what there is", async () => {
  const earlier = await start();
  earlier.clock.pass(5);
  const old = await position(earlier.at);
  const { clock, at } = await start();
  clock.pass(1);
  const client = await follow(at("/price"), old);
  const [gap, ...held] = await client.untilLive();
  expect(gap?.event).toBe("sse:gap");
  expect(JSON.parse(gap?.data ?? "")).toMatchObject({ reason: "epoch", requested: old });
  expect(held.map(({ event }) => event)).toEqual(symbols);
});

test.each([
  ["not a position", "%%%"],
  ["two thousand characters", "x".repeat(2_000)],
])("a Last-Event-ID that is %s is a gap, not an error", async (_what, id) => {
  const { at } = await start();
  const client = await follow(at("/price"), id);
  expect(client.response.status).toBe(200);
  const [gap] = await client.take(1);
  expect(JSON.parse(gap?.data ?? "")).toMatchObject({ reason: "unknown" });
});

test.each(["XXX", "AAPL,XXX", "", ",", "aapl"])(
  "symbols=%s is answered 400 with the known symbols",
  async (list) => {
    const { at } = await start();
    const response = await fetch(at(`/price?symbols=${list}`));
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toMatch("application/problem+json");
    expect(await response.json()).toMatchObject({
      type: "about:blank",
      title: "Bad Request",
      status: 400,
      detail: expect.any(String),
      parameter: "symbols",
      symbols,
    });
  },
);

test("the message names the unknown symbols", async () => {
  const { at } = await start();
  const { detail } = await (await fetch(at("/price?symbols=AAPL,FOO,BAR"))).json();
  expect(detail).toBe("Unknown symbol: FOO, BAR");
});

test.each(["POST", "PUT", "DELETE"])(
  "%s /price is answered 405 with the methods that are allowed",
  async (method) => {
    const { at } = await start();
    const response = await fetch(at("/price"), { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    expect(await response.json()).toMatchObject({ code: "method-not-allowed", status: 405 });
  },
);

test("a client that takes only JSON is answered 406", async () => {
  const { at } = await start();
  const response = await fetch(at("/price"), { headers: { accept: "application/json" } });
  expect(response.status).toBe(406);
});

function drop(at: Started["at"], body: unknown): Promise<Response> {
  return fetch(at("/drop"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function connectionOf(client: Follower): Promise<string> {
  const [live] = await client.take(1);
  return JSON.parse(live?.data ?? "").connection;
}

test("a dropped connection is told when to come back, and ends; the others go on", async () => {
  const { clock, at } = await start({ awayTime: 4_321 });
  const [dropped, other] = [await follow(at("/price")), await follow(at("/price"))];
  await other.untilLive();
  const response = await drop(at, { connection: await connectionOf(dropped) });
  expect(await response.json()).toEqual({ retry: 4_321 });
  expect(await dropped.take(1)).toEqual([]);
  clock.pass(1);
  expect(await other.take(symbols.length)).toHaveLength(symbols.length);
});

test("the retry of a drop is the last that its stream says", async () => {
  const { at } = await start({ awayTime: 4_321 });
  const { reader } = await openText(at("/price"));
  const beginning = await readUntil(reader, "connection");
  await drop(at, { connection: JSON.parse(/\{.*\}/.exec(beginning)?.[0] ?? "").connection });
  const text = beginning + (await readUntil(reader));
  expect(text.match(/^retry: \d+$/gm)?.at(-1)).toBe("retry: 4321");
});

test("an unknown connection is answered 404, a request without one 400", async () => {
  const { at } = await start();
  const unknown = await drop(at, { connection: "unknown" });
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ code: "unknown-connection", status: 404 });
  const missing = await drop(at, {});
  expect(missing.status).toBe(400);
  expect(await missing.json()).toMatchObject({ detail: expect.stringContaining("connection") });
});

test("a port that is taken is passed over for a later one", async () => {
  const first = await start();
  const second = await start({ port: first.server.port });
  expect(second.server.port).toBeGreaterThan(first.server.port);
  expect(second.server.url).toBe(`http://localhost:${second.server.port}`);
  expect((await fetch(second.at("/symbols"))).status).toBe(200);
});

test("closing ends the streams and frees the port", async () => {
  const { server, at } = await start();
  const client = await follow(at("/price"));
  await client.untilLive();
  await server.close();
  expect(await client.take(1)).toEqual([]);
  const next = await start({ port: server.port });
  expect(next.server.port).toBe(server.port);
});

test("a connection on which nothing was asked does not hold up the end", async () => {
  const { server } = await start();
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  await fetch(`http://127.0.0.1:${server.port}/symbols`); // The server has accepted the earlier connections.
  const closed = once(socket.resume(), "close");
  await server.close();
  await closed;
});

test("closing twice is closing once", async () => {
  const { server } = await start();
  await expect(Promise.all([server.close(), server.close()])).resolves.toBeDefined();
});

test("the topics of a connection change while its id stays, and unknown symbols are refused", async () => {
  const { clock, at } = await start();
  const client = await follow(at("/price?symbols=AAPL"));
  const connection = await connectionOf(client);
  const change = (body: object): Promise<Response> =>
    fetch(at("/price/subscription"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ connection, ...body }),
    });
  const changed = await change({ subscribe: ["TSLA"], unsubscribe: ["AAPL"] });
  expect(await changed.json()).toEqual({ topics: ["TSLA"] });
  clock.pass(1);
  expect((await client.take(1)).map(({ event }) => event)).toEqual(["TSLA"]);
  const refused = await change({ subscribe: ["GOLD"] });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: "unknown-symbol" });
});

test("after a restart the port is the same, and an earlier id is told of a gap", async () => {
  const { server, clock, at } = await start({ restartTime: 1 });
  clock.pass(1);
  const old = await position(at);
  const client = await follow(at("/price"));
  await client.untilLive();
  expect((await fetch(at("/restart"), { method: "POST" })).status).toBe(202);
  expect(await client.take(1)).toEqual([]);
  await vi.waitFor(() => fetch(at("/symbols")), { timeout: 120_000 });
  expect(server.url).toContain(String(server.port));
  const [gap] = await (await follow(at("/price"), old)).take(1);
  expect(JSON.parse(gap?.data ?? "")).toMatchObject({ reason: "epoch" });
});

test("who was away until the log had evicted its prices is told of a gap", async () => {
  const { clock, at } = await start({ awayTime: 1 });
  const client = await follow(at("/price?symbols=AAPL"));
  const connection = await connectionOf(client);
  clock.pass(2);
  const [first] = await client.take(2);
  await drop(at, { connection, evict: true });
  await vi.waitFor(
    async () => {
      clock.pass(1);
      const [gap] = await (await follow(at("/price?symbols=AAPL"), first?.id)).take(1);
      expect(gap?.event).toBe("sse:gap");
    },
    { timeout: 120_000 },
  );
});

test("the laboratory publishes at the rate that is set, and conflates on a narrow line", async () => {
  const server = await createStockServer({ port: 0, seed: 1 });
  cleanUps.push(() => server.close());
  const at = (path: string): string => `http://127.0.0.1:${server.port}${path}`;
  const set = (body: object): Promise<Response> =>
    fetch(at("/lab"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await set({ rate: 5_000, narrow: false })).status).toBe(400);
  await set({ rate: 1_000, narrow: true });
  const [every, conflated] = [await follow(at("/lab/every")), await follow(at("/lab/conflated"))];
  expect((await every.untilLive()).length + (await conflated.untilLive()).length).toBe(0);
  await vi.waitFor(
    async () => {
      const report = await (await fetch(at("/lab"))).json();
      expect(report).toMatchObject({ rate: 1_000, narrow: true, every: { lagging: 1, conflated: 0 } });
      expect(report.conflated.conflated).toBeGreaterThan(100);
    },
    { timeout: 120_000, interval: 100 },
  );
});

test("HEAD of a stream of the laboratory is answered with its headers, and connects nothing", async () => {
  const { at } = await start();
  // Unlike `fetch` it keeps the connection after HEAD.
  const agent = new Agent({ keepAlive: true });
  cleanUps.push(() => agent.destroy());
  const [response] = await once(request(at("/lab/every"), { method: "HEAD", agent }).end(), "response");
  expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "text/event-stream"]);
  expect(await (await fetch(at("/lab"))).json()).toMatchObject({ every: { connections: 0 } });
});

function told(events: { event: string; data: string; id?: string }[]): unknown[] {
  return events.map(({ event, data, id }) => ({ event, data, id }));
}
