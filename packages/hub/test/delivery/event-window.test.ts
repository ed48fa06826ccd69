import { describe, expect, test } from "vitest";
import { EventWindow } from "../../src/delivery/event-window.js";
import { Frame } from "../../src/delivery/frame.js";
import type { EventLog, LogEntry, LogRetention } from "../../src/log/event-log.js";
import { ManualClock } from "../support/clock.js";

const generous = { maxEvents: 1_000, maxBytes: 1_000_000 };

/** All that a window needs of a log: positions are `e1-0`, `e1-1` and so on. */
function fakeLog(retention?: LogRetention): EventLog {
  const compare = (a: string, b: string) => {
    const [epochOfA, offsetOfA] = a.split("-");
    const [epochOfB, offsetOfB] = b.split("-");
    return epochOfA === epochOfB ? Number(offsetOfA) - Number(offsetOfB) : Number.NaN;
  };
  return { compare, ...(retention === undefined ? {} : { retention }) } as EventLog;
}

/** The entry at an offset, with so many bytes as sent. */
function framed(offset: number, size = 30): Frame<LogEntry> {
  const entry = { channels: ["*"] as const, data: "", position: `e1-${offset}` };
  const { byteLength } = new Frame(entry);
  return new Frame({ ...entry, data: "x".repeat(size - byteLength) });
}

function open(
  options: { bounds?: typeof generous; retention?: LogRetention; clock?: ManualClock } = {},
): EventWindow {
  const { bounds = generous, retention, clock = new ManualClock() } = options;
  const window = new EventWindow(fakeLog(retention), bounds, () => clock.now());
  window.reset("e1-0");
  return window;
}

const after = (window: EventWindow, position: string) =>
  window.after(position)?.map(({ event }) => event.position);

describe("a window", () => {
  test("has no head before following has begun", () => {
    expect(new EventWindow(fakeLog(), generous, () => 0).head).toBe("");
  });

  test("gives what comes after a position, in order", () => {
    const window = open();
    for (const offset of [1, 2, 3]) window.push(framed(offset));
    expect(after(window, "e1-0")).toEqual(["e1-1", "e1-2", "e1-3"]);
    expect(after(window, "e1-2")).toEqual(["e1-3"]);
    expect(after(window, "e1-3")).toEqual([]);
    expect(window.head).toBe("e1-3");
  });

  test("gives what comes after a position that lies between its entries", () => {
    const window = open();
    for (const offset of [2, 5, 9]) window.push(framed(offset));
    expect(after(window, "e1-1")).toEqual(["e1-2", "e1-5", "e1-9"]);
    expect(after(window, "e1-6")).toEqual(["e1-9"]);
  });

  test.each([
    ["conflate keys", { conflateKey: "k".repeat(10_000) }],
    ["further channels", { channels: Array.from({ length: 40 }, (_, i) => `topic:${"t".repeat(244)}${i}`) }],
  ])("counts %s, which no frame has", (_what, fields) => {
    const window = open({ bounds: { ...generous, maxBytes: 100_000 } });
    for (let offset = 1; offset <= 500; offset += 1) {
      const entry = { channels: ["*"], data: "", position: `e1-${offset}`, ...fields } as LogEntry;
      window.push(new Frame(entry));
    }
    expect(window.size).toBeLessThanOrEqual(10);
    expect(window.bytes).toBeLessThanOrEqual(100_000);
  });

  test("does not answer for what lies before its floor", () => {
    const window = open({ bounds: { ...generous, maxEvents: 2 } });
    for (const offset of [1, 2, 3]) window.push(framed(offset));
    expect(after(window, "e1-0")).toBeUndefined();
    expect(after(window, "e1-1")).toEqual(["e1-2", "e1-3"]);
  });

  test("leaves it to the log whether another position in the place of one that it has is known", () => {
    const window = open();
    window.push(framed(1));
    window.push(framed(2));
    expect(after(window, "e1-0-tag")).toBeUndefined();
    expect(after(window, "e1-1-tag")).toBeUndefined();
    expect(after(window, "e1-2-tag")).toBeUndefined();
    expect(after(window, "e1-1")).toEqual(["e1-2"]);
  });

  test("has the positions of its entries, its floor and its head, and vouches for no other", () => {
    const window = open({ bounds: { ...generous, maxEvents: 2 } });
    for (const offset of [1, 2, 5, 6]) window.push(framed(offset));
    window.advance("e1-9");
    const known = ["e1-2", "e1-5", "e1-6", "e1-9"];
    const others = ["e1-0", "e1-1", "e1-3", "e1-7", "e1-10", "e2-5", "e1-2-tag", "e1-5-tag", "e1-9-tag", ""];
    for (const position of known) expect(window.has(position), position).toBe(true);
    for (const position of others) expect(window.has(position), position).toBe(false);
  });

  test("does not answer for another epoch, or for what is no position", () => {
    const window = open();
    window.push(framed(1));
    expect(after(window, "e2-1")).toBeUndefined();
    expect(after(window, "")).toBeUndefined();
  });

  test("forgets everything when following begins again", () => {
    const window = open();
    window.push(framed(1));
    window.reset("e1-7");
    expect([window.size, window.bytes, window.head]).toEqual([0, 0, "e1-7"]);
    expect(after(window, "e1-1")).toBeUndefined();
    expect(after(window, "e1-7")).toEqual([]);
  });
});

describe("the head of a window", () => {
  test("moves on without an entry, and what comes then is still in order", () => {
    const window = open();
    window.push(framed(1));
    window.advance("e1-5");
    expect([window.head, window.size]).toEqual(["e1-5", 1]);
    window.push(framed(7));
    expect(after(window, "e1-0")).toEqual(["e1-1", "e1-7"]);
    expect(after(window, "e1-5")).toEqual(["e1-7"]);
  });

  test.each(["e1-2", "e1-3", "e0-9", "", "nonsense"])("does not move to %j, which is not ahead", (head) => {
    const window = open();
    window.push(framed(3));
    window.advance(head);
    expect(window.head).toBe("e1-3");
  });

  test("does not move before following has begun", () => {
    const window = new EventWindow(fakeLog(), generous, () => 0);
    window.advance("e1-3");
    expect(window.head).toBe("");
  });
});

describe("the bounds of a window", () => {
  test("hold it to so many entries", () => {
    const window = open({ bounds: { ...generous, maxEvents: 3 } });
    for (let offset = 1; offset <= 10; offset += 1) window.push(framed(offset));
    expect(window.size).toBe(3);
    expect(after(window, "e1-7")).toHaveLength(3);
  });

  test("hold it to so many bytes", () => {
    const window = open({ bounds: { ...generous, maxBytes: 100 } });
    for (let offset = 1; offset <= 10; offset += 1) window.push(framed(offset, 40));
    expect([window.size, window.bytes]).toEqual([2, 80]);
    expect(after(window, "e1-8")).toHaveLength(2);
  });

  test("leave nothing of an entry that is larger than all of it", () => {
    const window = open({ bounds: { ...generous, maxBytes: 100 } });
    window.push(framed(1, 40));
    window.push(framed(2, 101));
    expect([window.size, window.bytes]).toEqual([0, 0]);
    expect(after(window, "e1-1")).toBeUndefined();
    expect(after(window, "e1-2")).toEqual([]);
  });

  test("are never beyond what the log holds for certain", () => {
    const retention = { maxEvents: 2, maxBytes: 100, maxAge: Number.POSITIVE_INFINITY };
    const byCount = open({ retention });
    for (const offset of [1, 2, 3]) byCount.push(framed(offset));
    expect(byCount.size).toBe(2);
    const byBytes = open({ retention });
    for (const offset of [1, 2]) byBytes.push(framed(offset, 60));
    expect(byBytes.size).toBe(1);
  });

  test("drop what is older than the log holds, also when nothing new comes", async () => {
    const clock = new ManualClock();
    const retention = { maxEvents: 10, maxBytes: 100, maxAge: 1_000 };
    const window = open({ retention, clock });
    window.push(framed(1));
    await clock.pass(600);
    window.push(framed(2));
    await clock.pass(399);
    expect(after(window, "e1-0")).toHaveLength(2);
    await clock.pass(1);
    expect(after(window, "e1-0")).toBeUndefined();
    expect(after(window, "e1-1")).toEqual(["e1-2"]);
    await clock.pass(600);
    expect(after(window, "e1-2")).toEqual([]);
  });
});
