import { describe, expect, test } from "vitest";
import { createEventSource, type EventSourceClient, type EventSourceOptions } from "../src/index.js";
import { ManualClock, turns } from "./support/clock.js";
import { type Exchange, FakeServer, status } from "./support/fake-server.js";
import { recordLifecycle } from "./support/record.js";

type Client = EventSourceClient<Record<string, unknown>>;

/** Every place at which a client calls the application. */
const places = [
  "url",
  "headers",
  "onRequest",
  "fetch",
  "onResponse",
  "shouldRetry",
  "onComment",
  "onInvalid",
  "decode",
  "getItem",
  "setItem",
  "open",
  "live",
  "gap",
  "error",
  "reconnecting",
  "event",
  "any event",
] as const;

type Place = (typeof places)[number];

/**
 * Opens a client that calls the application at every place: `visit` receives each call. The first
 * response is an error, the second a stream of everything, which ends. Its `fetch` ignores signals.
 */
function openClient(visit: (place: Place, source: Client) => void) {
  const clock = new ManualClock();
  const server = new FakeServer(status(503), ({ body }) => {
    const headers = { "content-type": "text/event-stream" };
    return new Response(body, { headers });
  });
  const calls: Place[] = [];
  const call = (place: Place) => {
    calls.push(place);
    visit(place, source);
  };
  const options: EventSourceOptions & { decode: (data: string) => string } = {
    clock,
    headers: () => {
      call("headers");
      return {};
    },
    onRequest: () => call("onRequest"),
    fetch: (async (url: string, { signal: _ignored, ...init }: RequestInit) => {
      const response = server.fetch(url, init);
      call("fetch");
      return response;
    }) as typeof globalThis.fetch,
    onResponse: () => call("onResponse"),
    shouldRetry: () => {
      call("shouldRetry");
      return true;
    },
    onComment: () => call("onComment"),
    onInvalid: () => call("onInvalid"),
    decode: (data) => {
      call("decode");
      if (data === "bad") throw new Error("bad");
      return data;
    },
    name: "name",
    storage: {
      getItem: async () => {
        call("getItem");
        return "\u0001";
      },
      setItem: () => call("setItem"),
    },
  };
  const url = () => {
    call("url");
    return "http://host/";
  };
  const source: Client = createEventSource(url, options as never);
  const lifecycle = recordLifecycle(source);
  for (const name of ["open", "live", "gap", "error", "reconnecting"] as const)
    source.onLifecycle(name, () => call(name));
  source.on("message", () => call("event"));
  source.onAny(() => call("any event"));
  return { clock, server, source, calls, lifecycle, ended: new Set<Exchange>() };
}

/** Sends everything there is, and ends the stream. Stops where the client cancels it. */
async function send(exchange: Exchange, ended: Set<Exchange>): Promise<void> {
  const text = [
    'event: sse:live\ndata: {"heartbeat":0}\n\n: comment\n\nid: 1\ndata: a\n\ndata: bad\n\n',
    'event: sse:gap\ndata: {"reason":"evicted"}\n\n',
  ];
  for (const part of text) if (!exchange.canceled) await exchange.send(part);
  if (exchange.canceled) return;
  ended.add(exchange);
  await exchange.end();
}

/** The streams that neither side has ended. */
function openStreams({ server, ended }: ReturnType<typeof openClient>): number {
  return server.exchanges.slice(1).filter((exchange) => !exchange.canceled && !ended.has(exchange)).length;
}

/** Runs a client through an error, a stream, its end, and the wait for the next request. */
async function run({ source, clock, server, ended }: ReturnType<typeof openClient>): Promise<void> {
  await clock.pass(1_500);
  const exchange = server.exchanges[1];
  if (exchange !== undefined && source.state === "open") await send(exchange, ended);
  await turns();
}

describe("a client", () => {
  test("calls the application at each of these places", async () => {
    const client = openClient(() => {});
    await run(client);
    expect(places.filter((place) => !client.calls.includes(place))).toEqual([]);
    client.source.close();
  });

  test.each(places)("that is closed in %s calls nothing more, and leaves nothing behind", async (place) => {
    for (const nth of [1, 2]) {
      let visits = 0;
      const client = openClient((visited, source) => {
        if (visited !== place) return;
        visits += 1;
        if (visits !== nth) return;
        source.close();
        callsBefore = client.calls.length;
      });
      let callsBefore = 0;
      await run(client);
      if (visits < nth) {
        client.source.close();
        continue;
      }
      const { source, lifecycle, clock, calls } = client;
      const at = `${place} ${nth}`;
      expect(lifecycle.at(-1), at).toBe("close");
      // All listeners of an event receive it, and its id is stored. What makes a request has no
      // effect by itself.
      const after = calls.slice(callsBefore).filter((call) => !["headers", "url", "setItem"].includes(call));
      expect(after, at).toEqual(place === "event" ? ["any event"] : []);
      expect(source.state, at).toBe("closed");
      expect(clock.pending, at).toBe(0);
      expect(openStreams(client), at).toBe(0);
    }
  });

  test.each(places)("that reconnects in %s has one attempt at a time", async (place) => {
    let visits = 0;
    const client = openClient((visited, source) => {
      if (visited !== place) return;
      visits += 1;
      if (visits === 1) source.reconnect();
    });
    await run(client);
    const { source, lifecycle, clock } = client;
    await clock.pass(5_000);
    expect(openStreams(client), place).toBe(1);
    expect(source.state, place).toBe("open");
    expect(["open", "gap unknown"]).toContain(lifecycle.at(-1));
    source.close();
    expect(clock.pending).toBe(0);
  });
});
