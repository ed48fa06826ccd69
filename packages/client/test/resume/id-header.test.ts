import { describe, expect, test } from "vitest";
import { createEventSource, type EventSourceOptions } from "../../src/index.js";
import { idHeader } from "../../src/resume/id-header.js";
import { ManualClock, turns } from "../support/clock.js";
import { type Answer, FakeServer, status, stream } from "../support/fake-server.js";
import { recordLifecycle } from "../support/record.js";

const unsendable = [
  ["a control", "a\u0001b"],
  ["a form feed", "a\u000cb"],
  ["DEL", "a\u007fb"],
  ["white space in front", " a"],
  ["white space behind", "a\t"],
  ["8,001 characters", "a".repeat(8_001)],
  ["8,001 bytes", "é".repeat(4_001)],
  ["200,000 characters", "a".repeat(200_000)],
] as const;

test("every id that a header can carry is sent as UTF-8, and no other", () => {
  for (const id of ["a", "a b", "a\tb", "…é😀", "a".repeat(8_000)]) {
    const value = idHeader(id) ?? "";
    expect(Buffer.from(new Headers({ id: value }).get("id") ?? "", "latin1").toString("utf8")).toBe(id);
  }
  for (const [, id] of unsendable) expect(idHeader(id)).toBeUndefined();
});

function setUp(answers: [Answer, ...Answer[]], options: EventSourceOptions = {}) {
  const server = new FakeServer(...answers);
  const clock = new ManualClock();
  const source = createEventSource("http://host/", { fetch: server.fetch, clock, ...options });
  source.onAny(() => {});
  const gaps: string[] = [];
  source.onLifecycle("gap", ({ requested }) => gaps.push(requested));
  return { server, clock, source, gaps, lifecycle: recordLifecycle(source) };
}

describe.each(unsendable)("an id with %s", (_name, id) => {
  test("is kept, not sent, and reported once, with a gap for each connection without it", async () => {
    const { server, clock, source, gaps, lifecycle } = setUp([stream]);
    await turns();
    await server.last.send(`id: ${id}\ndata: x\n\n`);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await server.last.end();
      await clock.pass(30_000);
    }
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([null, null, null, null]);
    expect([source.state, source.lastEventId]).toEqual(["open", id]);
    expect(lifecycle.filter((line) => line.startsWith("error"))).toEqual(["error invalid-field"]);
    expect(gaps).toEqual(Array(3).fill(id.slice(0, 64)));
    await server.last.send("id: b\ndata: x\n\n");
    await server.last.end();
    await clock.pass(30_000);
    expect(server.last.lastEventId).toBe("b");
    source.close();
  });

  test("that is stored, or given, keeps no client from connecting", async () => {
    const storage = { getItem: () => id, setItem: () => {} };
    for (const options of [{ name: "n", storage }, { lastEventId: id }]) {
      const { source, lifecycle } = setUp([stream], options);
      await turns();
      expect(lifecycle).toEqual(["error invalid-field", "open", "gap unknown"]);
      source.close();
    }
  });
});

describe("a server to which the id is too long", () => {
  test("is asked once without it, and resumes from the next one", async () => {
    const { server, clock, source, lifecycle } = setUp([status(431), stream], { lastEventId: "long" });
    await turns();
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual(["long", null]);
    expect(lifecycle).toEqual(["error invalid-field", "open", "gap unknown"]);
    await server.last.send("id: short\ndata: x\n\n");
    await server.last.end();
    await clock.pass(1_000);
    expect(server.last.lastEventId).toBe("short");
    source.close();
  });

  test("ends the client if it answers 431 all the same, or if there was no id", async () => {
    for (const [lastEventId, requests] of [
      ["long", 2],
      ["", 1],
    ] as const) {
      const { server, source, clock } = setUp([status(431)], { lastEventId });
      await clock.pass(60_000);
      expect([server.exchanges.length, source.state]).toEqual([requests, "closed"]);
    }
  });

  test("does not get a request again that must not be repeated", async () => {
    const { server, source, clock } = setUp([status(431)], { lastEventId: "long", method: "POST" });
    await clock.pass(60_000);
    expect([server.exchanges.length, source.state]).toEqual([1, "closed"]);
  });
});
