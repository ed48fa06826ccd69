import { describe, expect, test } from "vitest";
import { settle } from "../support/clock.js";
import { testHub } from "../support/hub.js";
import { openStream } from "../support/sink.js";

describe("a connection of a client that has left", () => {
  test("before it was opened counts as opened, so that nothing waits for it", async () => {
    const { hub, clock } = testHub();
    const { stream, sink } = openStream(clock);
    sink.leave();
    await settle();
    const connection = hub.connect(stream, { controlEvents: false });
    expect(connection.state).toBe("closed");
    await connection.opened;
    await hub.close();
  });
});

describe("a reader of a run", () => {
  test("has an id of its own, also where two connect at the same time", async () => {
    const { hub, clock } = testHub({ heartbeat: { interval: 0 } });
    await hub.run("r");
    const [first, second] = [openStream(clock, { id: "same" }), openStream(clock, { id: "same" })];
    const results = await Promise.allSettled([
      hub.connectRun(first.stream, { run: "r" }),
      hub.connectRun(second.stream, { run: "r" }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(results[1]).toMatchObject({ reason: { code: "invalid-option" } });
    first.sink.leave();
    second.sink.leave();
    await settle();
    expect(hub.stats().connections).toBe(0);
    await hub.close();
  });
});
