import { afterEach, describe } from "vitest";
import { highWaterMark } from "./bytes.js";
import { describeClose } from "./close.js";
import { describeDrain } from "./drain.js";
import type { SinkFixture, SinkHarness, SinkSubject } from "./fixture.js";
import { describeWrite } from "./write.js";

const long = 3_600_000;

/**
 * Tests the contract of `EventSink`, one test for each sentence. The author of a sink runs it
 * from a vitest file.
 */
export function describeEventSink(subject: SinkSubject): void {
  const fixtures: SinkFixture[] = [];
  const harness: SinkHarness = {
    overhead: subject.overhead ?? 2048,
    hidesProgress: subject.hidesProgress,
    async open(settings = {}) {
      const fixture = await subject.open({ highWaterMark, closeTimeout: long, ...settings });
      fixtures.push(fixture);
      return fixture;
    },
  };
  afterEach(async () => {
    for (const fixture of fixtures.splice(0)) await fixture.dispose();
  });
  describe(`the EventSink of ${subject.name}`, () => {
    describeWrite(harness);
    describeDrain(harness);
    describeClose(harness);
  });
}
