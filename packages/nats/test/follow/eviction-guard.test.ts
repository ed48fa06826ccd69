import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Link, Session } from "../../src/connection/link.js";
import { Intake } from "../../src/follow/eviction-guard.js";

interface State {
  first_seq: number;
  last_seq: number;
}

/** What the intake waits for. */
interface Question {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** An intake whose questions to the stream are answered by the test. */
function setUp() {
  const told: (number | string)[] = [];
  const questions: Question[] = [];
  let head = 0;
  const info = () => new Promise((resolve, reject) => questions.push({ resolve, reject }));
  const intake = new Intake(
    { settings: { stream: "s" } } as Link,
    { jsm: { streams: { info } } } as unknown as Session,
    {
      head: () => head,
      arrived({ sequence }) {
        head = sequence;
        told.push(sequence);
      },
      emptied: () => told.push("emptied"),
      evicted: () => told.push("evicted"),
      failed: () => told.push("failed"),
    },
  );
  const answer = async (state: State) => {
    questions.shift()!.resolve({ config: { max_msgs_per_subject: -1 }, state });
    await turn();
  };
  return { intake, told, questions, answer };
}

describe("an intake", () => {
  test("lets through what had come when it asked, and asks again for the rest", async () => {
    const { intake, told, questions, answer } = setUp();
    intake.add({ sequence: 3 });
    intake.add({ sequence: 5 });
    expect(questions).toHaveLength(1);
    await answer({ first_seq: 1, last_seq: 9 });
    // The first was asked for before the second had come.
    expect(told).toEqual([3]);
    await answer({ first_seq: 1, last_seq: 9 });
    expect(told).toEqual([3, 5, "emptied"]);
  });

  test("lets nothing through where the stream begins beyond the head", async () => {
    const { intake, told, answer } = setUp();
    intake.add({ sequence: 5 });
    await answer({ first_seq: 2, last_seq: 9 });
    expect(told).toEqual(["evicted"]);
    intake.end();
  });

  test("is full with 4,096 held, and says when it is empty again", async () => {
    const { intake, told, answer } = setUp();
    for (let sequence = 1; sequence < 4_096; sequence += 1) intake.add({ sequence });
    expect(intake.isFull).toBe(false);
    intake.add({ sequence: 4_096 });
    expect(intake.isFull).toBe(true);
    await answer({ first_seq: 1, last_seq: 4_096 });
    await answer({ first_seq: 1, last_seq: 4_096 });
    expect([intake.isFull, told.length, told.at(-1)]).toEqual([false, 4_097, "emptied"]);
  });

  test("tells of nothing that was dropped while the stream was asked", async () => {
    const { intake, told, answer } = setUp();
    intake.add({ sequence: 1 });
    intake.clear();
    await answer({ first_seq: 9, last_seq: 9 });
    expect(told).toEqual(["emptied"]);
  });

  test("says that the stream could not be asked, unless it has ended", async () => {
    const { intake, told, questions } = setUp();
    intake.add({ sequence: 1 });
    questions.shift()!.reject(new Error("no answer"));
    await turn();
    expect(told).toEqual(["failed"]);
    intake.clear();
    intake.add({ sequence: 2 });
    intake.end();
    questions.shift()!.reject(new Error("no answer"));
    await turn();
    expect(told).toEqual(["failed"]);
  });
});
