import { createHub, createMemoryLog, type HubOptions } from "@sse/hub";
import { hubStream } from "@sse/node";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createEventSource, type EventSourceOptions, type GapInfo, type LiveInfo } from "../src/index.js";
import { type Listening, listen, listenCutting } from "./support/servers.js";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/**
 * A hub behind a line that is cut after as many bytes as the list says, connection by connection,
 * and then no more.
 */
async function setUp(hubOptions: HubOptions, cuts: number[]) {
  const hub = createHub({ retry: 0, ...hubOptions });
  const direct = await listen(hubStream(hub, () => ({ topics: ["news"] })));
  const line = await listenCutting(direct.port, () => cuts.shift() ?? -1);
  cleanUps.push(() => hub.close(), direct.close, line.close);
  return { hub, line };
}

function connect({ url }: Listening, options: EventSourceOptions = {}) {
  const source = createEventSource<Record<string, number>>(url, {
    decode: "json",
    retry: { initialDelay: 1, maxDelay: 1, jitter: 0 },
    ...options,
  });
  cleanUps.push(source.close);
  return source;
}

describe("with our hub", () => {
  test("events arrive under the default fake timers, which nothing advances", async () => {
    vi.useFakeTimers();
    cleanUps.push(() => vi.useRealTimers());
    const { hub, line } = await setUp({}, []);
    const source = connect(line);
    const live = new Promise((resolve) => source.onLifecycle("live", resolve));
    const received = new Promise((resolve) => source.on("n", ({ data }) => resolve(data)));
    await live;
    await hub.publish("news", { event: "n", data: 1 });
    expect(await received).toBe(1);
  });

  test("every event comes exactly once and in order, wherever the line is cut", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 12 });
    const bursts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(cuts, bursts, async (cutAfter, sizes) => {
        const { hub, line } = await setUp({}, [...cutAfter]);
        const source = connect(line);
        const live = new Promise((resolve) => source.onLifecycle("live", resolve));
        const gaps: GapInfo[] = [];
        source.onLifecycle("gap", (gap) => gaps.push(gap));
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const received: number[] = [];
        const all = new Promise<void>((resolve) =>
          source.on("n", ({ data }) => {
            received.push(data);
            if (data === total) resolve();
          }),
        );
        await live;
        let next = 0;
        for (const size of sizes) {
          for (let sent = 0; sent < size; sent++) void hub.publish("news", { event: "n", data: ++next });
          await new Promise((resolve) => setImmediate(resolve));
        }
        await all;
        expect(gaps).toEqual([]);
        expect(received).toEqual(Array.from({ length: total }, (_, index) => index + 1));
        for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
      }),
      { numRuns: 25 },
    );
  });

  test("what is no longer held is told as a gap, and received and missed make up all that was sent", async () => {
    const log = createMemoryLog({ maxEventsPerTopic: 5 });
    const { hub, line } = await setUp({ log }, []);
    cleanUps.push(() => log.close());
    const source = connect(line);
    const story: (number | GapInfo)[] = [];
    source.onLifecycle("gap", (gap) => story.push(gap));
    source.on("n", ({ data }) => story.push(data));
    await new Promise((resolve) => source.onLifecycle("live", resolve));
    const first = await hub.publish("news", { event: "n", data: 1 });
    await new Promise<void>((resolve) => source.once("n", () => resolve()));
    source.close();
    for (let n = 2; n <= 20; n++) await hub.publish("news", { event: "n", data: n });
    source.connect();
    await new Promise((resolve) => source.onLifecycle("live", resolve));
    expect(story).toEqual([
      1,
      { reason: "evicted", requested: first, oldest: expect.any(String) },
      16,
      17,
      18,
      19,
      20,
    ]);
    expect(source.lastEventId).toBe(hub.position());
  });

  test("an id from before the hub's log began again is a gap", async () => {
    const { line } = await setUp({}, []);
    const source = connect(line, { lastEventId: "0-0.99" });
    const gap = await new Promise<GapInfo>((resolve) => source.onLifecycle("gap", resolve));
    expect(gap.requested).toBe("0-0.99");
  });

  test("live tells the connection's name, the heartbeat and how much was replayed", async () => {
    const { hub, line } = await setUp({ heartbeat: { interval: 12_000 } }, []);
    const from = hub.position();
    await hub.publish("news", { event: "n", data: 1 });
    await hub.publish("other", { event: "n", data: 2 });
    const source = connect(line, { lastEventId: from });
    source.onAny(() => {});
    const live = await new Promise<LiveInfo>((resolve) => source.onLifecycle("live", resolve));
    expect(live).toEqual({ connection: hub.connections()[0]?.id, heartbeat: 12_000, replayed: 1 });
  });

  test("a hub that closes keeps its clients away, and they find the next one", async () => {
    const { hub, line } = await setUp({}, []);
    const source = connect(line);
    await new Promise((resolve) => source.onLifecycle("live", resolve));
    const refused = new Promise((resolve) =>
      source.onLifecycle("reconnecting", ({ error }) => error.code === "refused" && resolve(error)),
    );
    await hub.close();
    await refused;
    source.close();
  });
});
