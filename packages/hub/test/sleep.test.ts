import { describe, expect, test } from "vitest";
import { Pause } from "../src/sleep.js";
import { ManualClock, settle } from "./support/clock.js";

describe("a pause", () => {
  test("ends when the time has passed", async () => {
    const clock = new ManualClock();
    let over = false;
    void new Pause(clock).for(100).then(() => {
      over = true;
    });
    await clock.pass(99);
    expect(over).toBe(false);
    await clock.pass(1);
    expect(over).toBe(true);
  });

  test("tells whether the event came in time", async () => {
    const clock = new ManualClock();
    const pause = new Pause(clock);
    expect(await pause.unless(Promise.resolve(), 100)).toBe(false);
    const late = pause.unless(new Promise(() => {}), 100);
    await clock.pass(100);
    expect(await late).toBe(true);
  });

  test("can be ended early", async () => {
    const clock = new ManualClock();
    const pause = new Pause(clock);
    const waiting = pause.unless(new Promise(() => {}), 100);
    pause.end();
    expect(await waiting).toBe(false);
  });

  test("leaves no timer behind, however it ends", async () => {
    const clock = new ManualClock();
    const pause = new Pause(clock);
    await pause.unless(Promise.resolve(), 100);
    const ended = pause.for(100);
    pause.end();
    await ended;
    const passed = pause.for(100);
    await clock.pass(100);
    await passed;
    expect(clock.timers).toBe(0);
  });

  test("is not ended by the event of an earlier one", async () => {
    const clock = new ManualClock();
    const pause = new Pause(clock);
    let happen = () => {};
    const event = new Promise<void>((resolve) => {
      happen = resolve;
    });
    const earlier = pause.unless(event, 100);
    await clock.pass(100);
    expect(await earlier).toBe(true);
    let over = false;
    void pause.for(100).then(() => {
      over = true;
    });
    happen();
    await settle();
    expect(over).toBe(false);
  });

  test("that is over can be ended again without harm", () => {
    const pause = new Pause(new ManualClock());
    expect(() => pause.end()).not.toThrow();
  });
});
