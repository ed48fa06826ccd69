import { describe, expect, test } from "vitest";
import { testHub } from "./support/hub.js";

const hour = 3_600_000;

describe("while the date is set", () => {
  test.each([-hour, hour])("by %i ms a drain takes its time, and no longer", async (step) => {
    const { hub, clock, join } = testHub();
    for (let i = 0; i < 10; i += 1) join();
    let closed = false;
    void hub.close({ drain: 1_000 }).then(() => {
      closed = true;
    });
    await clock.pass(500);
    clock.setDate(step);
    await clock.pass(400);
    expect([closed, hub.connectionCount()]).toEqual([false, 1]);
    await clock.pass(100);
    expect([closed, hub.connectionCount()]).toEqual([true, 0]);
  });

  test("forward no connection is too old", async () => {
    const { clock, join } = testHub({ maxConnectionAge: 2 * hour });
    const { connection } = join();
    clock.setDate(3 * hour);
    await clock.pass(hour);
    expect(connection.state).toBe("live");
    await clock.pass(hour + 1_000);
    expect(connection.state).toBe("closed");
  });

  test("back, an old connection ends all the same", async () => {
    const { clock, join } = testHub({ maxConnectionAge: hour });
    const { connection } = join();
    clock.setDate(-3 * hour);
    await clock.pass(hour + 1_000);
    expect(connection.state).toBe("closed");
  });

  test("a subscription expires by the date", async () => {
    const { clock, join } = testHub();
    const expires = new Date(clock.now() + 2 * hour);
    const [early, late] = [join({ expires }), join({ expires: new Date(clock.now() + 5 * hour) })];
    clock.setDate(3 * hour);
    await clock.pass(1_000);
    expect([early, late].map(({ connection }) => connection.state)).toEqual(["closed", "live"]);
  });
});
