import { requireKnownKeys } from "@sse/core/internal";
import type { EventLog } from "@sse/hub/log";
import { afterEach, describe } from "vitest";
import { describeAppend } from "./append.js";
import { describeClose } from "./close.js";
import type { EventLogFixture, EventLogSettings } from "./fixture.js";
import { describeFollow } from "./follow.js";
import { describeGaps } from "./gap.js";
import type { LogHarness } from "./harness.js";
import { describeIdempotency } from "./idempotency.js";
import { describePositions } from "./position.js";
import { describeRead } from "./read.js";
import { describeReadLast } from "./read-last.js";
import { describeSeveralObjects } from "./several-objects.js";
import { follow } from "./tail.js";

/** Abilities that a log may lack. */
export interface EventLogAbilities {
  /**
   * Whether the log knows what it has evicted from which channel. One that does not reports gaps
   * that it cannot exclude, and the tests that allow no false gap are skipped. Default true.
   */
  exactGaps?: boolean | undefined;
}

/**
 * Tests the contract of {@link EventLog}, one test or more for each sentence. The author of a log
 * runs it from a vitest file. Nothing is assumed about durations.
 */
export function describeEventLog(
  name: string,
  create: (settings: EventLogSettings) => EventLogFixture | Promise<EventLogFixture>,
  abilities: EventLogAbilities = {},
): void {
  requireKnownKeys(abilities, ["exactGaps"], "describeEventLog");
  const { exactGaps = true } = abilities;
  const fixtures: EventLogFixture[] = [];
  const harness: LogHarness = {
    exactGaps,
    async open(settings = {}) {
      const fixture = await create({ maxEventsPerTopic: 1_000, ...settings });
      fixtures.push(fixture);
      return { ...fixture, tail: await follow(fixture.log) };
    },
    async openOther({ another }, context) {
      if (another === undefined) context.skip("The data of this log live in its object");
      const other = await another!();
      fixtures.push({ log: other });
      return { other, otherTail: await follow(other) };
    },
  };
  afterEach(async () => {
    for (const { log, dispose } of fixtures.splice(0)) {
      await log.close();
      await dispose?.();
    }
  });
  describe(`the EventLog of ${name}`, () => describeContract(harness));
}

function describeContract(harness: LogHarness): void {
  describePositions(harness);
  describeAppend(harness);
  describeIdempotency(harness);
  describeRead(harness);
  describeReadLast(harness);
  describeGaps(harness);
  describeFollow(harness);
  describeClose(harness);
  describeSeveralObjects(harness);
}
