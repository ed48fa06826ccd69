import { readFileSync } from "node:fs";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, it, vi } from "vitest";
import { createHub, createMemoryLog, formatStats } from "../src/index.js";
import { observeHub } from "../src/metrics.js";
import { statistics } from "../src/stats.js";
import { ManualClock, settle } from "./support/clock.js";
import { openStream } from "./support/sink.js";

class TestReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

async function busyHub() {
  const clock = new ManualClock();
  const hub = createHub({ clock, log: createMemoryLog({ maxEventsPerTopic: 2 }) });
  const { stream, sink } = openStream(clock);
  hub.connect(stream, { user: "ann", topics: ["t"] });
  const ids = [];
  for (let count = 0; count < 5; count += 1) ids.push(await hub.publish("t", { data: "x" }));
  clock.endTick();
  const late = openStream(clock, { lastEventId: ids[0] ?? "" });
  hub.connect(late.stream, { topics: ["t"] });
  await settle();
  return { clock, hub, sink };
}

describe("stats", () => {
  it("count the bytes of events that live connections were given", async () => {
    const { clock, hub } = await busyHub();
    const before = hub.stats().bytes;
    const id = await hub.publish("t", { data: "é" });
    clock.endTick();
    await settle();
    const frame = Buffer.byteLength(`id: ${id}\ndata: é\n\n`);
    expect(hub.stats().bytes - before).toBe(2 * frame);
  });

  it("count what happened and what there is", async () => {
    const { hub } = await busyHub();
    expect(hub.stats()).toMatchObject({
      connections: 2,
      users: 1,
      topics: 1,
      lagging: 0,
      windowEvents: 2,
      published: 5,
      failed: 0,
      delivered: 5,
      replayed: 2,
      conflated: 0,
      dropped: 0,
      refused: 0,
      gaps: { evicted: 1, unknown: 0, epoch: 0 },
    });
  });

  it("can be read by people", async () => {
    const { hub } = await busyHub();
    const text = formatStats(hub.stats());
    expect(text).toMatch(/^connections +2$/m);
    expect(text).toMatch(/^window events +2$/m);
    expect(text).toMatch(/^gaps +1 \(evicted 1, unknown 0, epoch 0\)$/m);
  });
});

describe("OpenTelemetry metrics", () => {
  it("report the statistics under fixed names and attributes, until they are stopped", async () => {
    const { hub } = await busyHub();
    const reader = new TestReader();
    const provider = new MeterProvider({ readers: [reader] });
    const stop = observeHub(hub, provider.getMeter("test"), { hub: "main" });
    const collect = async () => {
      const { resourceMetrics } = await reader.collect();
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      return new Map(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]));
    };
    const metrics = await collect();
    expect(metrics.get("sse.hub.connections")).toMatchObject([{ value: 2, attributes: { hub: "main" } }]);
    expect(metrics.get("sse.hub.published.events")).toMatchObject([{ value: 5 }]);
    expect(metrics.get("sse.hub.instances")).toMatchObject([{ value: 1 }]);
    const gaps = metrics.get("sse.hub.gaps") ?? [];
    expect(gaps.map(({ attributes, value }) => [attributes.reason, value])).toEqual([
      ["evicted", 1],
      ["unknown", 0],
      ["epoch", 0],
    ]);
    const labels = [...metrics.values()].flat().flatMap(({ attributes }) => Object.keys(attributes));
    expect(new Set(labels)).toEqual(new Set(["hub", "reason", "state"]));

    const stats = vi.spyOn(hub, "stats");
    stop();
    await collect();
    expect(stats).not.toHaveBeenCalled();
  });
});

describe("the table of statistics", () => {
  it("is the one in the guide, with the names of both conventions", () => {
    const guide = readFileSync(new URL("../../../docs/guides/observability.md", import.meta.url), "utf8");
    const rows = Object.entries(statistics).map(([field, statistic]) => {
      const { kind, metric, unit, description } = statistic;
      const prometheus = `${metric.replaceAll(".", "_")}${kind === "counter" ? "_total" : ""}`;
      const by = "attribute" in statistic ? `, by \`${statistic.attribute}\`` : "";
      return `| \`${field}\` | ${kind} | \`${metric}\` | \`${prometheus}\` | \`${unit}\` | ${description}${by} |`;
    });
    expect(guide).toContain(rows.join("\n"));
  });

  it("follows the conventions: dots, no unit of its own invention, bytes in the name", () => {
    const metrics = Object.values(statistics).map(({ metric, unit }) => ({ metric, unit: unit as string }));
    expect(new Set(metrics.map(({ metric }) => metric)).size).toBe(metrics.length);
    for (const { metric, unit } of metrics) {
      expect(metric).toMatch(/^sse\.hub(\.[a-z]+)+$/);
      expect(unit).toMatch(/^(By|\{[a-z]+\})$/);
      expect(metric.endsWith(".bytes")).toBe(unit === "By");
      // No name is the namespace of another.
      expect(metrics.filter((other) => other.metric.startsWith(`${metric}.`))).toEqual([]);
    }
  });
});

describe("onGap", () => {
  it("adds events right after the gap, which have no id", async () => {
    const clock = new ManualClock();
    const onGap = vi.fn(() => [{ event: "snapshot", data: { a: 1 } }]);
    const hub = createHub({ clock, log: createMemoryLog({ maxEvents: 1 }), onGap });
    const first = await hub.broadcast({ data: "1" });
    await hub.broadcast({ data: "2" });
    await hub.broadcast({ data: "3" });
    const { stream, sink } = openStream(clock, { lastEventId: first });
    const connection = hub.connect(stream);
    await settle();
    const blocks = sink.blocks.filter(({ retry }) => retry === undefined);
    expect(
      blocks.map(({ type, data, id }) => [
        type,
        type === "sse:gap" ? "" : data?.slice(0, 7),
        id !== undefined,
      ]),
    ).toEqual([
      ["sse:gap", "", true],
      ["snapshot", '{"a":1}', false],
      ["message", "3", true],
      ["sse:live", '{"conne', true],
    ]);
    expect(onGap).toHaveBeenCalledWith({
      connection,
      reason: "evicted",
      requested: first,
      oldest: blocks[2]?.id,
    });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no snapshot");
      },
      new Error("no snapshot"),
    ],
    [
      "returns an event with an id",
      () => [{ data: 1, id: "forged" }],
      expect.objectContaining({ code: "reserved", field: "id" }),
    ],
  ])("that %s is reported, and the stream goes on", async (_what, onGap, reported) => {
    const clock = new ManualClock();
    const hub = createHub({ clock, onGap });
    const error = vi.fn();
    hub.on("error", error);
    const { stream, sink } = openStream(clock, { lastEventId: "unknown" });
    hub.connect(stream);
    await settle();
    expect(error).toHaveBeenCalledWith({ error: reported });
    expect(sink.blocks.map(({ type }) => type)).toContain("sse:live");
  });
});
