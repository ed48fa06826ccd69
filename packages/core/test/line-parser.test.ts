import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEventParser, type ParsedEvent, type SseError } from "../src/index.js";
import { createLineParser } from "../src/parse/line-parser.js";
import { cuts, parse, pieces, utf8 } from "./support/parse.js";
import { interpret } from "./support/spec-parser.js";

describe("an event above maxEventSize", () => {
  test("is left out with a typed error, and the next one arrives", () => {
    const events: ParsedEvent[] = [];
    const errors: SseError[] = [];
    const parser = createEventParser({
      maxEventSize: 100,
      onEvent: (event) => events.push(event),
      onError: (error) => errors.push(error),
    });
    parser.feed(`id: 1\ndata: a\n\nid: 2\nevent: b\ndata: ${"x".repeat(100)}\n\ndata: c\n\n`);
    expect(events).toEqual([
      { event: "message", data: "a", lastEventId: "1", id: "1" },
      { event: "message", data: "c", lastEventId: "1" },
    ]);
    expect(errors).toEqual([expect.objectContaining({ name: "SseError", code: "too-large" })]);
    expect(errors[0]?.message).toContain("maxEventSize (100)");
  });

  test("is thrown by feed without onError, after the rest of the chunk", () => {
    const events: ParsedEvent[] = [];
    const parser = createEventParser({ maxEventSize: 10, onEvent: (event) => events.push(event) });
    expect(() => parser.feed("data: 12345\n\ndata: 1\n\n")).toThrow(
      expect.objectContaining({ code: "too-large" }),
    );
    expect(events).toHaveLength(1);
  });

  test("is told before its end, and once", () => {
    let errors = 0;
    const parser = createEventParser({ maxEventSize: 300, onEvent: () => {}, onError: () => errors++ });
    parser.feed("data: ");
    parser.feed("x".repeat(300));
    expect(errors).toBe(1);
    for (const chunk of ["6", "\n", "data: x\n", "x".repeat(300), "\n", "\n"]) parser.feed(chunk);
    expect(errors).toBe(1);
  });

  test("is counted with one unit for each line end, and fits exactly", () => {
    for (const end of ["\n", "\r", "\r\n"]) {
      const stream = ["id: 1", "data: 234", "", ""].join(end);
      expect(parse([stream], { maxEventSize: 16 }).meanings).toHaveLength(1);
      expect(parse([stream], { maxEventSize: 15 }).meanings).toEqual([{ kind: "too-large" }]);
    }
  });
});

describe.each([
  ["data", "data: "],
  ["event", "event: "],
  ["id", "id: "],
  ["retry", "retry: "],
  ["comment", ": "],
  ["unknown", "foo"],
  ["data in many small lines", "data\n"],
])("an endless %s", (_name, start) => {
  const rest = start.endsWith("\n") ? start : "1234567";
  const stream = `id: 1\n\n${start}${rest.repeat(2000)}\n\ndata: after\n\n`;

  test.each([1, 7, 1460, 1_000_000])("is one error in chunks of %d, and the next event arrives", (length) => {
    for (const chunks of [pieces(stream, length), pieces(utf8(stream), length)]) {
      expect(parse(chunks, { maxEventSize: 5000 })).toEqual({
        meanings: [
          { kind: "too-large" },
          { kind: "event", event: "message", data: "after", lastEventId: "1" },
        ],
        lastEventId: "1",
      });
    }
  });
});

test("any stream in any chunks says the same about what is too large as a model that sees it whole", () => {
  const line = fc.constantFrom(
    "data: 123",
    "data",
    "event: a",
    "id: 1",
    ": comment",
    ":",
    "retry: 5",
    "foo: bar",
    "",
    "",
  );
  const end = fc.constantFrom("\n", "\n", "\r\n", "\r");
  const stream = fc.array(fc.tuple(line, end), { maxLength: 25 }).map((lines) => lines.flat().join(""));
  fc.assert(
    fc.property(
      stream.chain((text) => fc.tuple(fc.constant(text), cuts(text), fc.boolean())),
      fc.integer({ min: 1, max: 40 }),
      ([text, chunks, encode], maxEventSize) => {
        const parsed = parse(encode ? chunks.map(utf8) : chunks, { maxEventSize });
        expect(parsed).toStrictEqual(interpret(text, { maxEventSize }));
        expect(tooLargeIn(chunks, maxEventSize)).toBe(tooLargeIn([text], maxEventSize));
      },
    ),
    { numRuns: 3000 },
  );
});

test("a line feed belongs to a CR only when it follows it at once", () => {
  expect(tooLargeIn(["a\r", "b", "\n", "\n", "cccc"], 5)).toBe(0);
  expect(tooLargeIn(["a\r", "\n", "\n", "cccc"], 5)).toBe(0);
  expect(tooLargeIn(["a\r", "\n", "cccc"], 5)).toBe(1);
});

test("comments alone never grow too large", () => {
  const { meanings } = parse(pieces(": ping\n".repeat(1000), 1460), { maxEventSize: 10 });
  expect(meanings).toHaveLength(1000);
  expect(new Set(meanings.map(({ kind }) => kind))).toEqual(new Set(["comment"]));
});

test("an endless line does not stay in memory", () => {
  let errors = 0;
  const parser = createEventParser({ maxEventSize: 1024 * 1024, onEvent: () => {}, onError: () => errors++ });
  const chunk = utf8("x".repeat(65_536));
  const before = process.memoryUsage().heapUsed;
  parser.feed("data: ");
  for (let index = 0; index < 4096; index++) parser.feed(chunk);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(128 * 1024 * 1024);
  expect(errors).toBe(1);
});

test("the default leaves room for 16 Mi, and Infinity is no limit", () => {
  const sixteen = 16 * 1024 * 1024;
  const stream = (length: number): string => `data: ${"x".repeat(length - "data: \n".length)}\n\n`;
  const count = (text: string, options = {}): number =>
    parse([text], options).meanings.filter(({ kind }) => kind === "event").length;
  expect(count(stream(sixteen))).toBe(1);
  expect(count(stream(sixteen + 1))).toBe(0);
  expect(count(stream(sixteen + 1), { maxEventSize: Number.POSITIVE_INFINITY })).toBe(1);
});

test.each([0, -1, Number.NaN])("maxEventSize %d is refused", (maxEventSize) => {
  expect(() => createEventParser({ onEvent: () => {}, maxEventSize })).toThrow(
    expect.objectContaining({ code: "invalid-option", field: "maxEventSize" }),
  );
});

/** Counts the events that are too large when each text is read by itself. */
function tooLargeIn(texts: string[], maxEventSize: number): number {
  let count = 0;
  const read = createLineParser(
    maxEventSize,
    () => {},
    () => count++,
    () => {},
  );
  for (const text of texts) read(text);
  return count;
}
