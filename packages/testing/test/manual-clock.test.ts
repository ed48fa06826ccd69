import { EventStream } from "@sse/core";
import { createHub } from "@sse/hub";
import { expect, test } from "vitest";
import { ManualClock, MemorySink, settle } from "../src/index.js";

test("a hub in manual time: an event, a heartbeat, the end of a subscription", async () => {
  const clock = new ManualClock();
  const hub = createHub({ clock, heartbeat: { interval: 10_000 } });
  const sink = new MemorySink({ timers: clock });
  const stream = new EventStream(sink, { timers: clock, heartbeat: 0 });
  hub.connect(stream, { topics: ["news"], expires: new Date(clock.now() + 60_000) });
  await hub.publish("news", { event: "title", data: "rain" });
  await settle();
  expect(sink.events.map(({ event }) => event)).toEqual(["sse:live", "title"]);
  const before = sink.text.length;
  await clock.pass(25_000);
  expect(sink.text.length).toBeGreaterThan(before);
  await clock.pass(60_000);
  expect(await sink.end).toBe("ended");
});

test("timers fire in the order of their times, and the date moves without them", async () => {
  const clock = new ManualClock();
  const fired: number[] = [];
  clock.setTimeout(() => fired.push(2), 200);
  const canceled = clock.setTimeout(() => fired.push(0), 50);
  clock.setTimeout(() => fired.push(1), 100);
  clock.clearTimeout(canceled);
  const date = clock.now();
  clock.setDate(1_000);
  expect([clock.now() - date, fired]).toEqual([1_000, []]);
  await clock.pass(150);
  expect([fired, clock.timers]).toEqual([[1], 1]);
  await clock.pass(50);
  expect(fired).toEqual([1, 2]);
});

test("manual ticks end when a test says so", () => {
  const clock = new ManualClock({ ticks: "manual" });
  let ended = false;
  clock.defer(() => {
    ended = true;
  });
  expect(ended).toBe(false);
  clock.endTick();
  expect(ended).toBe(true);
});

test("an unknown way to end ticks is refused", () => {
  expect(() => new ManualClock({ ticks: "never" as "manual" })).toThrow(/ticks/);
});
