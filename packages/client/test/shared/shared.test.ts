import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createClient } from "../../src/create-client.js";
import { type EventSourceClient, type EventSourceOptions, type GapInfo, runText } from "../../src/index.js";
import { streamName } from "../../src/resume/stream-name.js";
import { createSharedEventSource } from "../../src/shared/index.js";
import type { TabPlatform } from "../../src/shared/tab.js";
import { SharedTransport } from "../../src/shared/transport.js";
import { FetchTransport } from "../../src/transport/fetch-transport.js";
import { ManualClock, turns } from "../support/clock.js";
import { type Exchange, FakeServer, status, stream } from "../support/fake-server.js";
import { recordLifecycle } from "../support/record.js";
import { LogServer } from "./log-server.js";
import { FakeOrigin, type FakeTab } from "./origin.js";

interface Opened {
  readonly tab: FakeTab;
  readonly clock: ManualClock;
  /** Stops the tab, as an `alert()` or a debugger does, or lets it run on. */
  block(blocked: boolean): void;
  /** Ends the tab, and with it its connection. */
  kill(): void;
  readonly source: EventSourceClient<Record<string, unknown>>;
  readonly data: unknown[];
  readonly lifecycle: string[];
  readonly gaps: GapInfo[];
}

/** Opens a tab that listens to everything. */
function open(
  origin: FakeOrigin,
  server: { fetch: EventSourceOptions["fetch"] },
  options: EventSourceOptions = {},
): Opened {
  const tab = origin.tab();
  const clock = new ManualClock();
  const own = new Set<Exchange>();
  const fetch: EventSourceOptions["fetch"] = async (url, init) => {
    const response = await server.fetch?.(url, init);
    if (server instanceof LogServer) own.add(server.exchanges.at(-1)!);
    return response!;
  };
  const all = { clock, ...options, fetch };
  const block = (blocked: boolean) => {
    tab.block(blocked);
    for (const exchange of own)
      if (server instanceof LogServer) server.held[blocked ? "add" : "delete"](exchange);
  };
  const source = createClient(
    "http://host/",
    all,
    (receiver) =>
      new SharedTransport("name", receiver, (own) => new FetchTransport("http://host/", all, own), tab, all),
  );
  const data: unknown[] = [];
  const gaps: GapInfo[] = [];
  source.onAny((event) => data.push(event.data));
  source.onLifecycle("gap", (gap) => gaps.push(gap));
  const kill = () => {
    tab.kill();
    for (const exchange of own) exchange.canceled = true;
  };
  return { tab, clock, block, kill, source, data, lifecycle: recordLifecycle(source), gaps };
}

/** Lets everything arrive: what tabs say to each other, and what a server sends. */
async function quiet(origin: FakeOrigin, server?: LogServer): Promise<void> {
  await turns();
  while (origin.choices > 0 || (server?.underWay ?? 0) > 0) {
    if (origin.choices > 0) origin.deliver(0);
    else server?.arrive();
    await turns();
  }
}

async function publish(server: LogServer, origin: FakeOrigin, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    server.publish();
    await quiet(origin, server);
  }
}

describe("tabs that share a connection", () => {
  test("make one request, and each gets every event and knows how the connection is", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const tabs = [open(origin, server), open(origin, server), open(origin, server)];
    await quiet(origin);
    await publish(server, origin, 2);
    expect(server.exchanges).toHaveLength(1);
    for (const { data, source, lifecycle } of tabs) {
      expect([data, source.state, source.lastEventId, lifecycle]).toEqual([
        ["1", "2"],
        "open",
        "2",
        ["open"],
      ]);
    }
  });

  test("go on without a loss or a repeat when the one with the connection is gone", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const [first, second, third] = [open(origin, server), open(origin, server), open(origin, server)];
    await quiet(origin);
    await publish(server, origin, 2);
    first.tab.kill();
    server.exchanges[0]!.canceled = true;
    await publish(server, origin, 2);
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([null, "2"]);
    expect([second.data, third.data]).toEqual([
      ["1", "2", "3", "4"],
      ["1", "2", "3", "4"],
    ]);
  });

  test("pass the connection on when the one that has it closes its client", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const [first, second] = [open(origin, server), open(origin, server)];
    await quiet(origin);
    await publish(server, origin, 1);
    first.source.close();
    await quiet(origin);
    await publish(server, origin, 1);
    expect([first.data, second.data, server.open.length]).toEqual([["1"], ["1", "2"], 1]);
    second.source.close();
    await quiet(origin);
    expect(server.open).toEqual([]);
  });

  test("a tab that comes later begins at the head, and is told that the connection is open", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer();
    const first = open(origin, server);
    await quiet(origin);
    // A server may repeat it; a tab that joins is told of the last one.
    const live = 'event: sse:live\ndata: {"connection":"c"}\n\n';
    await server.last.send(`id: 1\ndata: early\n\n${live}${live}`);
    await quiet(origin);
    const late = open(origin, server);
    await quiet(origin);
    await server.last.send("id: 2\ndata: both\n\n");
    await quiet(origin);
    expect([first.data, late.data, late.gaps]).toEqual([["early", "both"], ["both"], []]);
    expect(late.lifecycle).toEqual(["open", "live"]);
    expect(server.exchanges).toHaveLength(1);
  });

  test("a tab that resumes gets what the others still remember, without another request", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    open(origin, server, { lastEventId: "0" });
    await quiet(origin);
    await publish(server, origin, 4);
    const resumed = open(origin, server, { lastEventId: "2" });
    await quiet(origin);
    await publish(server, origin, 1);
    expect([resumed.data, resumed.gaps, server.exchanges.length]).toEqual([["3", "4", "5"], [], 1]);
  });

  test("a tab that resumes from a position that no tab remembers is told of a gap", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const first = open(origin, server, { lastEventId: "0" });
    await quiet(origin);
    await publish(server, origin, 2);
    const lost = open(origin, server, { lastEventId: "?" });
    await quiet(origin);
    expect(lost.gaps).toEqual([]);
    await first.clock.pass(1_000);
    await quiet(origin);
    await publish(server, origin, 1);
    expect(lost.gaps).toEqual([{ reason: "unknown", requested: "?", oldest: null }]);
    expect([lost.data, lost.source.lastEventId]).toEqual([["3"], "3"]);
  });

  test("a tab whose id has not arrived at the leader yet is told of no gap, and receives no event again", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const first = open(origin, server, { lastEventId: "0" });
    await quiet(origin, server);
    for (let i = 0; i < 3; i += 1) server.publish();
    const second = open(origin, server, { lastEventId: "2" });
    while (origin.choices > 0) {
      origin.deliver(0);
      await turns();
    }
    await quiet(origin, server);
    await publish(server, origin, 1);
    expect([second.gaps, second.data]).toEqual([[], ["3", "4"]]);
    expect(first.data).toEqual(["1", "2", "3", "4"]);
    expect(server.exchanges).toHaveLength(1);
  });

  test("each are told the end of a run, after its last event, and close", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer(stream);
    const tabs = [open(origin, server), open(origin, server)];
    await quiet(origin);
    const texts = tabs.map(({ source }) => runText(source));
    const closed = Promise.all(tabs.map(({ source }) => source.closed));
    await server.exchanges[0]!.send(
      'id: 1\ndata: a\n\nid: 2\nevent: sse:end\ndata: {"state":"complete"}\n\n',
    );
    await quiet(origin);
    expect(await closed).toEqual([{ end: { state: "complete" } }, { end: { state: "complete" } }]);
    expect(texts.map((text) => text.getSnapshot())).toEqual(["a", "a"]);
    expect(tabs.map(({ source }) => source.state)).toEqual(["closed", "closed"]);
    // The lock may pass on before the word does; then the next tab asks for itself.
    expect(server.exchanges.length).toBeLessThanOrEqual(tabs.length);
  });

  test("a message that gets lost between tabs is noticed with the next one, and made good", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const [, follower] = [open(origin, server), open(origin, server)];
    await quiet(origin);
    await publish(server, origin, 1);
    origin.losing = 2;
    await publish(server, origin, 3);
    expect([follower?.data, follower?.gaps]).toEqual([["1", "2", "3", "4"], []]);
  });

  test("hear of the connection's troubles, and may end the wait", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer(stream, status(503), stream);
    const [, follower] = [open(origin, server), open(origin, server)];
    await quiet(origin);
    await server.last.fail();
    await quiet(origin);
    expect([follower!.source.state, follower!.lifecycle.at(-1)]).toEqual([
      "reconnecting",
      "reconnecting 1 in 1000: disconnected",
    ]);
    follower!.source.connect();
    await quiet(origin);
    expect(follower!.lifecycle.at(-1)).toBe("reconnecting 2 in 2000: bad-response");
    follower!.source.connect();
    await quiet(origin);
    expect([follower!.source.state, server.exchanges.length]).toEqual(["open", 3]);
  });

  test("take over from one that is blocked, and lose and repeat nothing when it runs on", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const tabs = [open(origin, server), open(origin, server), open(origin, server)];
    const [leader, ...followers] = tabs;
    // By chance they look at different times.
    followers[0]!.clock.chance = 0.9;
    await quiet(origin, server);
    for (const { clock } of followers) await clock.pass(20_000);
    await publish(server, origin, 2);
    leader?.block(true);
    await publish(server, origin, 2);
    expect(followers.map(({ data }) => data)).toEqual([
      ["1", "2"],
      ["1", "2"],
    ]);
    for (let second = 0; second < 30; second += 1) {
      for (const { clock } of followers) await clock.pass(1_000);
      await quiet(origin, server);
    }
    await publish(server, origin, 1);
    const all = ["1", "2", "3", "4", "5"];
    expect(followers.map(({ data }) => data)).toEqual([all, all]);
    leader?.block(false);
    await quiet(origin, server);
    await publish(server, origin, 1);
    expect(tabs.map(({ data, gaps }) => [data, gaps])).toEqual(Array(3).fill([[...all, "6"], []]));
    expect([server.exchanges.length, server.open.length]).toEqual([2, 1]);
  });

  test("follow a new leader whose clock was set back since the last one began", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const [leader, follower] = [open(origin, server), open(origin, server)];
    await quiet(origin, server);
    leader.block(true);
    vi.stubGlobal("performance", { timeOrigin: performance.timeOrigin - 3_600_000, now: () => 0 });
    onTestFinished(() => void vi.unstubAllGlobals());
    const tab = open(origin, server);
    await quiet(origin, server);
    await tab.clock.pass(30_000);
    await quiet(origin, server);
    await publish(server, origin, 1);
    expect([server.exchanges.length, tab.data, follower.data]).toEqual([2, ["1"], ["1"]]);
  });

  test("leave a leader alone that has nothing to send", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const tabs = [open(origin, server), open(origin, server)];
    await quiet(origin, server);
    for (let second = 0; second < 300; second += 1) {
      for (const { clock } of tabs) await clock.pass(1_000);
      await quiet(origin, server);
    }
    expect(server.exchanges).toHaveLength(1);
  });

  test("notice a blocked leader within the watchdog's time that the hub's heartbeat sets", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer();
    const [leader, follower] = [open(origin, server), open(origin, server)];
    await quiet(origin);
    await server.last.send(
      'id: 1\nevent: sse:live\ndata: {"connection":"c","heartbeat":2000,"replayed":0}\n\n',
    );
    await quiet(origin);
    leader.block(true);
    await follower.clock.pass(5_000);
    await quiet(origin);
    expect(server.exchanges).toHaveLength(2);
  });

  test("do not repeat a request that must not be repeated when the leader is gone", async () => {
    for (const [resumeMethod, expected] of [
      [undefined, ["POST"]],
      ["GET", ["POST", "GET"]],
    ] as const) {
      const origin = new FakeOrigin();
      const server = new FakeServer();
      const options = { method: "POST", body: "pay", ...(resumeMethod && { resumeMethod }) };
      const [first, second] = [open(origin, server, options), open(origin, server, options)];
      await quiet(origin);
      await server.last.send("id: 1\ndata: x\n\n");
      await quiet(origin);
      first.tab.kill();
      await quiet(origin);
      expect(server.exchanges.map(({ init }) => init.method)).toEqual(expected);
      expect(second.source.state).toBe(resumeMethod ? "open" : "closed");
      expect(second.lifecycle.includes("error invalid-option")).toBe(!resumeMethod);
    }
  });

  test("each hear the comments, in their order among the events", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer();
    const logs = [0, 1].map(() => {
      const log: string[] = [];
      const { source } = open(origin, server, { onComment: (comment) => void log.push(`: ${comment}`) });
      source.onAny(({ data }) => log.push(String(data)));
      return log;
    });
    await quiet(origin);
    await server.last.send("data: 1\n\n: hello\ndata: 2\n\n");
    await quiet(origin);
    expect(logs).toEqual([
      ["1", ": hello", "2"],
      ["1", ": hello", "2"],
    ]);
  });

  test("are all closed, with the reason, when the server wants no more of them", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer(status(403, {}, "go away"));
    const tabs = [open(origin, server), open(origin, server)];
    await quiet(origin);
    for (const { source } of tabs) {
      expect([source.state, (await source.closed).error]).toEqual([
        "closed",
        expect.objectContaining({ code: "bad-response", status: 403, body: "go away" }),
      ]);
    }
    // The lock may pass on before the word does; then the next tab asks for itself.
    expect(server.exchanges.length).toBeLessThanOrEqual(tabs.length);
  });

  test("each hear of an event that was left out", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer();
    const tabs = [0, 1].map(() => open(origin, server, { maxEventSize: 10 }));
    await quiet(origin);
    await server.last.send(`data: ${"x".repeat(20)}\n\n`);
    await quiet(origin);
    expect(tabs.map(({ lifecycle, source }) => [lifecycle.at(-1), source.stats.invalid])).toEqual([
      ["error too-large", 1],
      ["error too-large", 1],
    ]);
  });

  test("do not wait for the slowest", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const tab = origin.tab();
    const slow = createClient(
      "http://host/",
      { fetch: server.fetch },
      (receiver) =>
        new SharedTransport("name", receiver, (own) => new FetchTransport("http://host/", server, own), tab, {
          clock: new ManualClock(),
        }),
    );
    const loop = slow[Symbol.asyncIterator]();
    const first = loop.next();
    await turns();
    const quick = open(origin, server);
    await quiet(origin);
    await publish(server, origin, 3);
    expect(quick.data).toEqual(["1", "2", "3"]);
    expect([(await first).value?.data, slow.lastEventId]).toEqual(["1", "1"]);
    expect([(await loop.next()).value?.data, (await loop.next()).value?.data]).toEqual(["2", "3"]);
  });

  test.each(["follows", "leads"])(
    "a tab whose loop is stuck holds a bounded number of events, and is told of a gap, where it %s",
    async (role) => {
      const origin = new FakeOrigin();
      const server = new FakeServer();
      const openStuck = () => {
        const { fetch } = server;
        return createClient(
          "http://host/",
          { fetch },
          (receiver) =>
            new SharedTransport(
              "name",
              receiver,
              (own) => new FetchTransport("http://host/", { fetch }, own),
              origin.tab(),
              { clock: new ManualClock() },
            ),
        );
      };
      const other = role === "follows" ? open(origin, server) : undefined;
      await quiet(origin);
      const stuck = openStuck();
      const gaps: unknown[] = [];
      const lifecycle = recordLifecycle(stuck);
      stuck.onLifecycle("gap", (gap) => gaps.push(gap));
      const loop = stuck[Symbol.asyncIterator]();
      const first = loop.next();
      await quiet(origin);
      const quick = other ?? open(origin, server);
      await quiet(origin);
      const large = "x".repeat(1_000_000);
      for (let id = 1; id <= 40; id += 1) {
        await server.last.send(`id: ${id}\ndata: ${id} ${large}\n\n`);
        await quiet(origin);
      }
      const numberOf = (data: unknown) => Number.parseInt(String(data), 10);
      expect(quick.data.map(numberOf)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect([numberOf((await first).value?.data), stuck.lastEventId]).toEqual([1, "1"]);
      expect(gaps[0]).toEqual({ reason: "evicted", requested: "1", oldest: null });
      expect([lifecycle[0], stuck.state, quick.gaps]).toEqual(["open", "open", []]);
      // What it receives from here on is what came after the last gap.
      const [last] = gaps.slice(-1) as [GapInfo];
      const received: number[] = [];
      for (let wanted = numberOf((await loop.next()).value?.data); ; ) {
        received.push(wanted);
        if (wanted === 40) break;
        wanted = numberOf((await loop.next()).value?.data);
      }
      expect(received[0]).toBeGreaterThan(Number(last.requested) + 1);
      expect(received).toEqual(Array.from({ length: received.length }, (_, index) => received[0]! + index));
      expect(received.length).toBeLessThan(17);
      stuck.close();
    },
  );

  test("a tab whose loop is stuck holds a bounded number of the hub's own events, of any size", async () => {
    const server = new FakeServer();
    const origin = new FakeOrigin();
    const { source: stuck, gaps } = open(origin, server);
    const loop = stuck[Symbol.asyncIterator]();
    await quiet(origin);
    await server.last.send("data: 1\n\ndata: 2\n\n");
    const large = JSON.stringify({ reason: "unknown", requested: "x".repeat(1_000_000), oldest: null });
    for (let sent = 0; sent < 40; sent += 1) {
      await server.last.send(`event: sse:gap\ndata: ${large}\n\n`);
      await quiet(origin);
    }
    expect(gaps.length).toBeGreaterThan(40 - 17);
    stuck.close();
    await loop.return?.();
  });

  test("pass over what they cannot read: of other code, or of another version", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const tabs = [open(origin, server), open(origin, server)];
    await quiet(origin);
    const other = new (origin.tab().BroadcastChannel)("name");
    const term = Number.MAX_SAFE_INTEGER;
    const foreign = [null, "text", 5, [], {}, { resumeAfter: 5, seen: 0 }, { term, step: null }];
    const step = { before: "", after: "9", event: null };
    const later = [
      { term, status: null },
      { term, news: 1 },
      { term, step: 1 },
      { term, step: { ...step, event: 1 } },
    ];
    for (const message of [...foreign, ...later]) other.postMessage(message);
    await quiet(origin);
    await publish(server, origin, 2);
    expect(tabs.map(({ data }) => data)).toEqual(Array(2).fill(["1", "2"]));
    expect(server.exchanges).toHaveLength(1);
  });

  test("a slow tab that comes to lead goes on behind what it has received, not behind what it has dealt with", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const first = open(origin, server, { lastEventId: "0" });
    const tab = origin.tab();
    const slow = createClient(
      "http://host/",
      { lastEventId: "0" },
      (receiver) =>
        new SharedTransport("name", receiver, (own) => new FetchTransport("http://host/", server, own), tab, {
          clock: new ManualClock(),
        }),
    );
    const loop = slow[Symbol.asyncIterator]();
    const results = [loop.next()];
    await quiet(origin);
    await publish(server, origin, 3);
    first.tab.kill();
    server.exchanges[0]!.canceled = true;
    await publish(server, origin, 1);
    expect([server.exchanges.at(-1)?.lastEventId, slow.lastEventId]).toEqual(["3", "1"]);
    results.push(loop.next(), loop.next(), loop.next());
    expect((await Promise.all(results)).map(({ value }) => value?.data)).toEqual(["1", "2", "3", "4"]);
  });

  test("store an id only when it was dealt with in the tab", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const stored: string[] = [];
    const storage = { getItem: () => null, setItem: (_key: string, id: string) => stored.push(id) };
    const { source } = open(origin, server, { name: "n", storage });
    await quiet(origin);
    source.on("message", ({ data }) => data === "2" && source.close());
    await publish(server, origin, 3);
    expect([stored, source.lastEventId]).toEqual([["1", "2"], "2"]);
  });
});

test("whatever tab is closed or blocked when, and in whatever order messages arrive, each gets each event once", async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ deliver: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.constant({ publish: true as const }) },
    { weight: 4, arbitrary: fc.constant({ arrive: true as const }) },
    { weight: 1, arbitrary: fc.constant({ kill: true as const }) },
    { weight: 1, arbitrary: fc.constant({ open: true as const }) },
    { weight: 1, arbitrary: fc.record({ block: fc.nat(6) }) },
    { weight: 1, arbitrary: fc.constant({ time: 10_000 }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const origin = new FakeOrigin();
      const server = new LogServer();
      // A position to begin from: without one, a tab begins wherever the head is.
      const newTab = () => ({
        ...open(origin, server, { lastEventId: "0" }),
        exchanges: server.exchanges.length,
      });
      const tabs = [newTab(), newTab(), newTab()];
      const blocked = new Set<Opened>();
      let published = 0;
      for (const action of steps) {
        if ("deliver" in action && origin.choices > 0) origin.deliver(action.deliver);
        if ("publish" in action) {
          server.publish();
          published += 1;
        }
        if ("arrive" in action) server.arrive();
        if ("open" in action && tabs.length < 6) tabs.push(newTab());
        if ("block" in action) {
          const tab = tabs[action.block % tabs.length]!;
          blocked[blocked.has(tab) ? "delete" : "add"](tab);
          tab.block(blocked.has(tab));
        }
        if ("time" in action) {
          for (const tab of tabs) if (!blocked.has(tab)) await tab.clock.pass(action.time);
        }
        if ("kill" in action && tabs.length > 1) {
          tabs.shift()?.kill();
        }
        await turns(1);
      }
      for (const tab of blocked) tab.block(false);
      await quiet(origin, server);
      server.publish();
      published += 1;
      await quiet(origin, server);
      const all = Array.from({ length: published }, (_, index) => `${index + 1}`);
      for (const { data, gaps } of tabs) expect([data, gaps]).toEqual([all, []]);
    }),
    { numRuns: 150 },
  );
});

describe("createSharedEventSource", () => {
  function openOn(platform: TabPlatform, server: FakeServer): EventSourceClient<Record<string, unknown>> {
    const options = { fetch: server.fetch, clock: new ManualClock() };
    return createClient(
      "http://host/",
      options,
      (receiver) =>
        new SharedTransport(
          "name",
          receiver,
          (own) => new FetchTransport("http://host/", options, own),
          platform,
          options,
        ),
    );
  }

  test("passes the connection on when it is closed while it is about to lead", async () => {
    const origin = new FakeOrigin();
    const server = new LogServer();
    const [first, second, third] = [open(origin, server), open(origin, server), open(origin, server)];
    await quiet(origin);
    first.block(true);
    // It steals the lock, which is granted but not yet delivered.
    await second.clock.pass(31_000);
    second.source.close();
    await quiet(origin);
    first.kill();
    await third.clock.pass(1_000);
    await quiet(origin);
    await publish(server, origin, 1);
    expect([second.data, third.data]).toEqual([[], ["1"]]);
    third.source.close();
    await quiet(origin);
    expect(server.open).toEqual([]);
  });

  test("receives events where nothing can be sent to other tabs", async () => {
    const server = new FakeServer();
    const origin = new FakeOrigin();
    const tab = origin.tab();
    class BrokenChannel extends tab.BroadcastChannel {
      override postMessage(): never {
        throw new TypeError("broken");
      }
    }
    const source = openOn({ ...tab, BroadcastChannel: BrokenChannel }, server);
    const data: unknown[] = [];
    source.onAny((event) => data.push(event.data));
    await quiet(origin);
    await server.last.send("data: 1\n\n");
    expect([source.state, data]).toEqual(["open", ["1"]]);
    source.close();
  });

  test("may be connected while it is being connected again", async () => {
    const origin = new FakeOrigin();
    const server = new FakeServer();
    const [leader, follower] = [openOn(origin.tab(), server), openOn(origin.tab(), server)] as const;
    await quiet(origin);
    follower.close();
    follower.connect();
    follower.connect();
    await quiet(origin);
    expect([leader.state, follower.state]).toEqual(["open", "open"]);
    for (const source of [leader, follower]) source.close();
  });

  test("has a connection of its own where a page may use no locks, such as a sandboxed frame", async () => {
    const server = new FakeServer();
    const locks = { request: () => Promise.reject(new DOMException("no locks here", "SecurityError")) };
    const platform = { ...new FakeOrigin().tab(), locks: locks as unknown as FakeTab["locks"] };
    const source = openOn(platform, server);
    await turns();
    expect([source.state, server.exchanges.length]).toEqual(["open", 1]);
    source.close();
    await turns();
    expect(server.last.canceled).toBe(true);
  });

  test("leaves another one of its page alone where that may use no locks", async () => {
    const server = new FakeServer();
    const origin = new FakeOrigin();
    const locks = { request: () => Promise.reject(new DOMException("no locks here", "SecurityError")) };
    const openOne = () => openOn({ ...origin.tab(), locks: locks as unknown as FakeTab["locks"] }, server);
    const sources = [openOne(), openOne()];
    for (let delivered = 0; delivered < 200; delivered += 1) {
      await turns();
      origin.deliver(0);
    }
    expect([server.exchanges.length, ...sources.map(({ state }) => state)]).toEqual([2, "open", "open"]);
    for (const source of sources) source.close();
  });

  test("has a connection of its own where a page may open no channel, such as one without cookies", async () => {
    const server = new FakeServer();
    class NoChannel {
      constructor() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      }
    }
    const BroadcastChannel = NoChannel as unknown as FakeTab["BroadcastChannel"];
    const source = openOn({ ...new FakeOrigin().tab(), BroadcastChannel }, server);
    await turns();
    expect([source.state, server.exchanges.length]).toEqual(["open", 1]);
    source.close();
    source.connect();
    await turns();
    expect([source.state, server.exchanges.length]).toEqual(["open", 2]);
    source.close();
    await turns();
    expect(server.last.canceled).toBe(true);
  });

  test("without Web Locks is a client with a connection of its own", async () => {
    // Node has them from 24 on.
    vi.stubGlobal("navigator", {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const server = new FakeServer();
    const sources = [0, 1].map(() =>
      createSharedEventSource("http://host/", { name: "n", fetch: server.fetch }),
    );
    await turns();
    expect([server.exchanges.length, ...sources.map(({ state }) => state)]).toEqual([2, "open", "open"]);
    for (const source of sources) source.close();
  });

  test("keeps apart what the server tells apart: credentials are part of the name", () => {
    const url = "http://host/";
    expect(streamName(url, {})).toBe("sse:http://host/");
    expect(streamName(url, { credentials: "omit" })).toBe("sse:omit:http://host/");
    expect(streamName(url, { name: "mine", headers: {} })).toBe("mine");
  });

  test.each([
    { headers: { authorization: "Bearer a" } },
    { headers: () => ({ authorization: "Bearer a" }) },
    { method: "POST", body: () => "a" },
    { method: "POST", body: new Uint8Array(1) },
    { onRequest: ({ headers }) => headers.set("authorization", "Bearer a") },
    { fetch: (url, init) => fetch(url, { ...init, headers: { authorization: "Bearer a" } }) },
  ] satisfies EventSourceOptions[])("wants a name where it cannot compare what is sent: %j", (options) => {
    expect(() => createSharedEventSource("http://host/", options)).toThrow(
      expect.objectContaining({ code: "invalid-option", field: "name" }),
    );
    expect(() =>
      createSharedEventSource("http://host/", { ...options, name: "n", autoConnect: false }),
    ).not.toThrow();
  });

  test("wants a name for a stream whose URL comes from a function", () => {
    expect(() => createSharedEventSource(() => "http://host/")).toThrow("set a name");
  });
});
