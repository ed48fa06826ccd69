import type { Engine } from "@sse/engines";
import type { Channel, LogEntry, Position } from "@sse/hub/log";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NatsLog } from "../src/index.js";
import { describeOnNats, follow, freshStream, logOn, until } from "./support.js";

const topics: Channel[] = ["topic:a", "topic:b", "topic:c", "*"];
const maxPerSubject = 4;

const channels = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...topics).map((channel) => [channel]) },
  { weight: 1, arbitrary: fc.subarray(topics, { minLength: 2 }) },
);
const reads = fc.array(
  fc.record({
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    filter: fc.subarray(topics, { minLength: 1 }),
    limit: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 20, maxLength: 20 },
);

describeOnNats("reading from any position with any filter", (startNats) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startNats();
  });
  afterAll(() => engine.dispose());

  test("gives what is held, and tells of a gap if and only if something is not, also on an instance that starts later", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(channels, { minLength: 1, maxLength: 150 }),
        reads,
        async (appended, asked) => {
          const options = { stream: freshStream(), maxEventsPerTopic: maxPerSubject };
          const log = logOn(engine, options);
          const tail = await follow(log);
          const before = await log.head();
          for (const [i, one] of appended.entries()) void log.append({ channels: one, data: String(i) });
          await until(() => tail.entries.length === appended.length);
          const later = logOn(engine, options);
          await follow(later);
          const positions = [before, ...tail.entries.map(({ position }) => position)];
          for (const { from, filter, limit } of asked) {
            const at = Math.round(from * (positions.length - 1));
            const expected = matching(tail.entries, filter, at);
            for (const instance of [log, later])
              expect(await readAll(instance, positions[at]!, new Set(filter), tail.head, limit)).toEqual(
                expected,
              );
          }
          await log.close();
          await later.close();
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });
});

/**
 * Returns what a reader of the entries after the first `start` ones gets, by the rule: each subject
 * keeps its newest.
 */
function matching(entries: readonly LogEntry[], filter: readonly Channel[], start: number) {
  const subject = ({ channels: [first, ...more] }: LogEntry) => (more.length > 0 ? "shared" : first);
  const isHeld = (entry: LogEntry) => {
    const same = entries.filter((other) => subject(other) === subject(entry));
    return same.length - same.indexOf(entry) <= maxPerSubject;
  };
  const wanted = entries.slice(start).filter((entry) => entry.channels.some((name) => filter.includes(name)));
  return {
    data: wanted.filter(isHeld).map(({ data }) => data),
    gap: !wanted.every(isHeld),
  };
}

async function readAll(
  log: NatsLog,
  start: Position,
  filter: ReadonlySet<Channel>,
  through: Position,
  limit: number,
) {
  const data: string[] = [];
  let gaps = 0;
  let from = start;
  let known: { knownEvictions?: string } = {};
  do {
    const page = await log.read(from, { channels: filter, through, limit, ...known });
    data.push(...page.entries.map((entry) => entry.data));
    if (page.gap !== undefined) gaps += 1;
    from = page.scannedThrough;
    known = { knownEvictions: page.evictions };
  } while (log.compare(from, through) < 0);
  expect(gaps).toBeLessThanOrEqual(1);
  return { data, gap: gaps > 0 };
}
