import { describe, expect, test } from "vitest";
import { Sleep } from "../src/sleep.js";
import { ManualClock, settle } from "./support/clock.js";

describe("a sleep", () => {
  test("ends when the time has passed", async () => {
    const clock = new ManualClock();
    let over = false;
    void new Sleep(clock).for(100).then(() => {
      over = true;
    });
    await clock.pass(99);
    expect(over).toBe(false);
    await clock.pass(1);
    expect(over).toBe(true);
  });

  test("tells whether the event came in time", async () => {
    const clock = new ManualClock();
    const sleep = new Sleep(clock);
    expect(await sleep.orUntil(Promise.resolve(), 100)).toBe(false);
    const late = sleep.orUntil(new Promise(() => {}), 100);
    await clock.pass(100);
    expect(await late).toBe(true);
  });

  test("can be canceled", async () => {
    const clock = new ManualClock();
    const sleep = new Sleep(clock);
    const waiting = sleep.orUntil(new Promise(() => {}), 100);
    sleep.cancel();
    expect(await waiting).toBe(false);
  });

  test("that is closed ends, and waits for nothing any more", async () => {
    const clock = new ManualClock();
    const sleep = new Sleep(clock);
    const waiting = sleep.for(100);
    sleep.close();
    await waiting;
    await sleep.for(100);
    expect(await sleep.orUntil(new Promise(() => {}), 100)).toBe(false);
    expect(clock.timers).toBe(0);
  });

  test("leaves no timer behind, however it ends", async () => {
    const clock = new ManualClock();
    const sleep = new Sleep(clock);
    await sleep.orUntil(Promise.resolve(), 100);
    const ended = sleep.for(100);
    sleep.cancel();
    await ended;
    const passed = sleep.for(100);
    await clock.pass(100);
    await passed;
    expect(clock.timers).toBe(0);
  });

  test("is not ended by the event of an earlier one", async () => {
    const clock = new ManualClock();
    const sleep = new Sleep(clock);
    let happen = () => {};
    const event = new Promise<void>((resolve) => {
      happen = resolve;
    });
    const earlier = sleep.orUntil(event, 100);
    await clock.pass(100);
    expect(await earlier).toBe(true);
    let over = false;
    void sleep.for(100).then(() => {
      over = true;
    });
    happen();
    await settle();
    expect(over).toBe(false);
  });

  test("that is over can be canceled without harm", () => {
    const sleep = new Sleep(new ManualClock());
    expect(() => sleep.cancel()).not.toThrow();
  });
});
