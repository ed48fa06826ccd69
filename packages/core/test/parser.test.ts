import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { createEventParser, type EventParser, type ParsedEvent, SseError } from "../src/index.js";
import { type Chunk, cuts, eventsOf, parse, pieces, splits, utf8 } from "./support/parse.js";
import { interpret, type Meaning } from "./support/spec-parser.js";

/**
 * Feeds a stream, and fails unless it means the same whole, in single units, cut in two anywhere,
 * as text and as bytes.
 */
function meaningsOf(stream: string): Meaning[] {
  const expected = interpret(stream);
  const check = (chunks: Iterable<Chunk>): void => expect(parse(chunks)).toStrictEqual(expected);
  const bytes = utf8(stream);
  check([stream]);
  check([bytes]);
  check(pieces(stream, 1));
  check(pieces(bytes, 1));
  for (const cut of splits(stream)) check(cut);
  for (const cut of splits(bytes)) check(cut);
  return expected.meanings;
}

function event(data: string, rest: Partial<ParsedEvent> = {}): Meaning {
  return { kind: "event", event: "message", data, lastEventId: rest.id ?? "", ...rest };
}

describe("lines", () => {
  test.each(["\n", "\r", "\r\n"])("end with %j", (end) => {
    const stream = ["event: a", "data: 1", "data: 2", "", "data: 3", "", ""].join(end);
    expect(meaningsOf(stream)).toEqual([event("1\n2", { event: "a" }), event("3")]);
  });

  test("end in any mixture, in which LF CR is two line ends", () => {
    expect(meaningsOf("data: 1\r\ndata: 2\rdata: 3\n\rdata: 4\r\r\ndata: 5\n\r\n")).toEqual([
      event("1\n2\n3"),
      event("4"),
      event("5"),
    ]);
  });

  test("that a CR ends are read at once, without the next character", () => {
    expect(eventsOf("data: 1\r\r")).toHaveLength(1);
    expect(eventsOf("data: 1\r", "\r")).toHaveLength(1);
    expect(eventsOf("data: 1\r\n", "\r")).toHaveLength(1);
    expect(eventsOf(utf8("data: 1\n\r"))).toHaveLength(1);
  });

  test("whose CRLF is split end once", () => {
    expect(eventsOf("data: 1\r", "\ndata: 2\r", "", "\n\r", "\n")).toEqual([
      { event: "message", data: "1\n2", lastEventId: "" },
    ]);
  });

  test("without an end are dropped with the stream, whatever they hold", () => {
    expect(meaningsOf("data: 1\n\ndata: 2\n")).toEqual([event("1")]);
    expect(meaningsOf("data: 1\n\nretry: 5")).toEqual([event("1")]);
    expect(meaningsOf(": unfinished")).toEqual([]);
    expect(parse(["id: 1\n\nid: 2\ndata: x\n"]).lastEventId).toBe("1");
  });
});

describe("fields", () => {
  test("lose exactly one leading space", () => {
    expect(meaningsOf("data:1\n\ndata: 2\n\ndata:  3\n\ndata:\t4\n\n")).toEqual([
      event("1"),
      event("2"),
      event(" 3"),
      event("\t4"),
    ]);
  });

  test("keep every colon after the first, and trailing spaces", () => {
    expect(meaningsOf("data: a: b:c \n\n")).toEqual([event("a: b:c ")]);
  });

  test("without a colon have an empty value", () => {
    expect(meaningsOf("data\n\ndata\ndata\n\n")).toEqual([event(""), event("\n")]);
    expect(meaningsOf("id: 1\ndata\n\nid\ndata\n\n")).toEqual([
      event("", { id: "1" }),
      event("", { id: "" }),
    ]);
    expect(meaningsOf("event: a\nevent\nretry\ndata\n\n")).toEqual([event("")]);
  });

  test("with an unknown name are ignored: names are literal", () => {
    const names = [
      "Data",
      "DATA",
      " data",
      "data ",
      "dat",
      "datas",
      "events",
      "ids",
      "i",
      "retr",
      "\u0000data",
      "foo",
    ];
    expect(meaningsOf(`${names.map((name) => `${name}: x\n`).join("")}data: 1\n\n`)).toEqual([event("1")]);
  });

  test("with a colon first are comments", () => {
    expect(meaningsOf(":\n: a\n:b\n::c\ndata: 1\n:  d\n\n")).toEqual([
      { kind: "comment", text: "" },
      { kind: "comment", text: "a" },
      { kind: "comment", text: "b" },
      { kind: "comment", text: ":c" },
      { kind: "comment", text: " d" },
      event("1"),
    ]);
  });
});

describe("data", () => {
  test("lines are joined with LF, empty ones too", () => {
    expect(meaningsOf("data: a\ndata:\ndata: b\ndata\n\n")).toEqual([event("a\n\nb\n")]);
  });

  test("that is absent dispatches nothing, and that is empty dispatches an event", () => {
    expect(meaningsOf("event: a\n\n\n\ndata:\n\n")).toEqual([event("")]);
  });

  test("of one event does not reach the next", () => {
    expect(meaningsOf("data: 1\n\ndata: 2\n\n")).toEqual([event("1"), event("2")]);
  });
});

describe("the event type", () => {
  test("is message by default and when it is empty, and the last one named holds", () => {
    expect(meaningsOf("data: 1\n\nevent:\ndata: 2\n\nevent: a\nevent: b\ndata: 3\n\n")).toEqual([
      event("1"),
      event("2"),
      event("3", { event: "b" }),
    ]);
  });

  test("is reset after each event, also after one without data", () => {
    expect(meaningsOf("event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n")).toEqual([
      event("1", { event: "a" }),
      event("2"),
      event("3"),
    ]);
  });
});

describe("the last event id", () => {
  test("is sticky, and an event shows whether it carried one", () => {
    expect(meaningsOf("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n")).toEqual([
      event("a", { id: "1" }),
      event("b", { lastEventId: "1" }),
      event("c", { id: "2" }),
    ]);
    expect(Object.keys(eventsOf("data: b\n\n")[0] ?? {})).not.toContain("id");
  });

  test("is committed by a block without data, for the events after it", () => {
    expect(meaningsOf("id: 7\n\ndata: a\n\n")).toEqual([event("a", { lastEventId: "7" })]);
    expect(parse(["id: 7\n\n"])).toEqual({ meanings: [], lastEventId: "7" });
    expect(parse(["id: 7\n"])).toEqual({ meanings: [], lastEventId: "" });
  });

  test("is reset by an empty one", () => {
    expect(meaningsOf("id: 1\ndata: a\n\nid\n\ndata: b\n\n")).toEqual([event("a", { id: "1" }), event("b")]);
  });

  test("ignores an id with NUL, and the one before it holds", () => {
    expect(meaningsOf("id: 1\nid: a\0b\ndata: x\n\nid: \0\n\ndata: y\n\n")).toEqual([
      event("x", { id: "1" }),
      event("y", { lastEventId: "1" }),
    ]);
  });

  test("begins with that of the stream which is resumed", () => {
    expect(parse(["data: a\n\nid: 8\ndata: b\n\n"], { lastEventId: "7" })).toEqual({
      meanings: [event("a", { lastEventId: "7" }), event("b", { id: "8" })],
      lastEventId: "8",
    });
  });

  test("outlives end and reset, because the next stream resumes from it", () => {
    const parser = createEventParser({ onEvent: () => {} });
    parser.feed("id: 1\n\nid: 2\n");
    parser.reset();
    expect(parser.lastEventId).toBe("1");
    parser.feed("\n");
    parser.end();
    expect(parser.lastEventId).toBe("1");
  });
});

describe("retry", () => {
  test("is digits only, and at most the largest safe integer", () => {
    const values = ["5", "007", "", " 5", "5 ", "-1", "1.5", "1e3", "0x1", "٣", "9".repeat(400)];
    expect(meaningsOf(values.map((value) => `retry:${value}\n`).join(""))).toEqual([
      { kind: "retry", milliseconds: 5 },
      { kind: "retry", milliseconds: 7 },
      { kind: "retry", milliseconds: 5 }, // of " 5", whose one leading space belongs to the wire form
      { kind: "retry", milliseconds: Number.MAX_SAFE_INTEGER },
    ]);
  });

  test("is told when its line ends, before the event that it is in", () => {
    expect(meaningsOf("data: 1\nretry: 10\ndata: 2\n\n")).toEqual([
      { kind: "retry", milliseconds: 10 },
      event("1\n2"),
    ]);
    const onRetry = vi.fn();
    createEventParser({ onEvent: () => {}, onRetry }).feed("data: 1\nretry: 10\r");
    expect(onRetry).toHaveBeenCalledExactlyOnceWith(10);
  });
});

describe("bytes", () => {
  test("are UTF-8 split anywhere", () => {
    const text = "id: ü\nevent: 事件\ndata: aé€😀\u{10FFFF}\n\n";
    expect(meaningsOf(text)).toEqual([event("aé€😀\u{10FFFF}", { event: "事件", id: "ü" })]);
  });

  test("that are no UTF-8 become U+FFFD exactly as in a streaming decoder, however they are cut", () => {
    const byte = fc.oneof(
      fc.constantFrom(0x0a, 0x41, 0x80, 0xbf, 0xc2, 0xe2, 0xed, 0xf0, 0xf4, 0xff),
      fc.nat(255),
    );
    const stream = fc.array(byte, { maxLength: 24 }).map((bytes) => {
      return new Uint8Array([...utf8("data: "), ...bytes, ...utf8("\n\n")]);
    });
    fc.assert(
      fc.property(stream.chain(cuts), (chunks) => {
        const whole = new Uint8Array(Buffer.concat(chunks));
        expect(parse(chunks)).toStrictEqual(interpret(whole));
      }),
      { numRuns: 1000 },
    );
  });

  test("of a character that a text cuts off become U+FFFD", () => {
    const parser: Chunk[] = ["data: ", utf8("€").slice(0, 2), "x", utf8("€"), "\n\n"];
    expect(eventsOf(...parser)[0]?.data).toBe("\uFFFDx€");
  });

  test("and text may be mixed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("data: é\n", "\n", "id: 1", "\r", "€", "data:"), fc.boolean())),
        (parts) => {
          const chunks = parts.map(([text, encode]) => (encode ? utf8(text) : text));
          expect(parse(chunks)).toStrictEqual(interpret(parts.map(([text]) => text).join("")));
        },
      ),
    );
  });

  test("may be overwritten by the caller after feed has returned", () => {
    const events: ParsedEvent[] = [];
    const parser = createEventParser({ onEvent: (event) => events.push(event) });
    const buffer = new Uint8Array(1);
    for (const byte of utf8("data: é\n\n")) {
      buffer[0] = byte;
      parser.feed(buffer);
    }
    expect(events).toEqual([{ event: "message", data: "é", lastEventId: "" }]);
  });
});

describe("the byte order mark", () => {
  test("is stripped once at the start, and only there", () => {
    expect(meaningsOf("\uFEFFdata: 1\n\n\uFEFFdata: 2\n\ndata: \uFEFF3\n\n")).toEqual([
      event("1"),
      event("\uFEFF3"),
    ]);
  });

  test("is stripped once when there are two: the first line then has an unknown name", () => {
    expect(meaningsOf("\uFEFF\uFEFFdata: 1\n\ndata: 2\n\n")).toEqual([event("2")]);
  });

  test("is not taken from the text whose code units look like its bytes", () => {
    expect(meaningsOf("\u00EF\u00BB\u00BFdata: 1\n\ndata: 2\n\n")).toEqual([event("2")]);
    expect(meaningsOf("\uFEFF\u00EF\u00BB\u00BFdata: 1\n\ndata: 2\n\n")).toEqual([event("2")]);
  });

  test("behind a decoder that stripped one already, a second is stripped as the stream's first, a third is not", () => {
    const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    expect(eventsOf(decode(utf8("\uFEFFdata: 1\n\n")))).toHaveLength(1);
    expect(eventsOf(decode(utf8("\uFEFF\uFEFF\uFEFFdata: 1\n\n")))).toHaveLength(0);
  });

  test.each(["reset", "end"] as const)("is stripped once again after %s", (method) => {
    const events: ParsedEvent[] = [];
    const parser = createEventParser({ onEvent: (event) => events.push(event) });
    for (const chunk of ["\uFEFFdata: 1\n\n", utf8("\uFEFFdata: 2\n\n"), "\uFEFF\uFEFFdata: 3\n\n"]) {
      parser.feed(chunk);
      parser[method]();
    }
    expect(events.map(({ data }) => data)).toEqual(["1", "2"]);
  });

  test.each(["reset", "end"] as const)("that is cut off by %s leaves nothing behind", (method) => {
    const events: ParsedEvent[] = [];
    const parser = createEventParser({ onEvent: (event) => events.push(event) });
    parser.feed(new Uint8Array([0xef, 0xbb]));
    parser[method]();
    parser.feed("data: 1\n\n");
    expect(events).toHaveLength(1);
  });
});

test.each(["reset", "end"] as const)("%s drops an unfinished line, field and event", (method) => {
  const meanings: Meaning[] = [];
  const parser = createEventParser({ onEvent: (event) => meanings.push({ kind: "event", ...event }) });
  for (const unfinished of [
    "data: x",
    "da",
    "data: x\n",
    "event: y\n",
    "id: 1\n",
    "data: x\r",
    utf8("data: x€").slice(0, -1),
  ]) {
    parser.feed(unfinished);
    parser[method]();
    parser.feed("\ndata: 1\n\n");
  }
  expect(meanings).toEqual(Array(7).fill(event("1")));
});

describe("any stream", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "data",
      "data:",
      "data: x",
      "event: a",
      "event",
      "id: 1",
      "id",
      "id: \0",
      "retry: 5",
      ":",
      ": c",
      "foo: x",
      "",
    ),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  const end = fc.constantFrom("\n", "\n", "\r\n", "\r", "\n\n");
  const start = fc.constantFrom("", "", "\uFEFF", "\uFEFF\uFEFF", "\u00EF\u00BB\u00BF");
  const stream = fc
    .tuple(start, fc.array(fc.tuple(line, end), { maxLength: 20 }), line)
    .map(([head, lines, tail]) => head + lines.flat().join("") + tail);

  test("means what the specification says, as text cut anywhere", () => {
    fc.assert(
      fc.property(
        stream.chain((text) => fc.tuple(fc.constant(text), cuts(text))),
        ([text, chunks]) => {
          expect(parse(chunks)).toStrictEqual(interpret(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("means what the specification says, as bytes cut anywhere", () => {
    fc.assert(
      fc.property(
        stream.map(utf8).chain((bytes) => fc.tuple(fc.constant(bytes), cuts(bytes))),
        ([bytes, chunks]) => {
          expect(parse(chunks)).toStrictEqual(interpret(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("any stream says the same, cut anywhere, as to eventsource-parser", () => {
  // Not where it is wrong: a second byte order mark, and the text U+00EF U+00BB U+00BF, at the
  // start. So there is always a line before.
  const line = fc.constantFrom(
    "data: x",
    "data",
    "event: a",
    "event:",
    "id: 1",
    "id",
    "retry: 5",
    ": c",
    "foo: x",
    "",
  );
  const end = fc.constantFrom("\n", "\n", "\r\n", "\r");
  const stream = fc
    .array(fc.tuple(line, end), { maxLength: 20 })
    .map((lines) => `\n${lines.flat().join("")}`);
  fc.assert(
    fc.property(
      stream.chain((text) => fc.tuple(cuts(text), fc.boolean())),
      ([chunks, encode]) => {
        const theirs: unknown[] = [];
        const oracle = createParser({
          onEvent: ({ event = "message", data, id }) => theirs.push({ event, data, id }),
          onRetry: (milliseconds) => theirs.push(milliseconds),
          onComment: (text) => theirs.push(text),
        });
        const ours: unknown[] = [];
        const parser = createEventParser({
          onEvent: ({ event, data, id }) => ours.push({ event, data, id }),
          onRetry: (milliseconds) => ours.push(milliseconds),
          onComment: (text) => ours.push(text),
        });
        for (const chunk of chunks) {
          oracle.feed(chunk);
          parser.feed(encode ? utf8(chunk) : chunk);
        }
        expect(ours).toEqual(theirs);
      },
    ),
    { numRuns: 2000 },
  );
});

describe("a line of 14 MB", () => {
  const data = "0123456789abcdef".repeat((14 * 1024 * 1024) / 16);
  const stream = `data: ${data}\n\n`;

  function* singleBytes(text: string): Generator<Uint8Array> {
    const byte = new Uint8Array(1);
    for (let index = 0; index < text.length; index++) {
      byte[0] = text.charCodeAt(index);
      yield byte;
    }
  }

  // Quadratic work would take hours.
  test.each<[string, () => Iterable<Chunk>]>([
    ["text of 1460", () => pieces(stream, 1460)],
    ["1460 bytes", () => pieces(utf8(stream), 1460)],
    ["one unit", () => stream],
    ["one byte", () => singleBytes(stream)],
  ])("is one event in chunks of %s", (_name, chunks) => {
    const events: ParsedEvent[] = [];
    const parser = createEventParser({ onEvent: (event) => events.push(event) });
    for (const chunk of chunks()) parser.feed(chunk);
    expect(events.length).toBe(1);
    expect(events[0]?.data === data).toBe(true);
  });

  test("is one event when it has a million data lines", () => {
    const lines = "data: 0123456\n".repeat(1_000_000);
    const { meanings } = parse(pieces(`${lines}\n`, 1460));
    expect(meanings).toEqual([event(`${"0123456\n".repeat(999_999)}0123456`)]);
  });
});

describe("a callback that throws", () => {
  test("loses nothing: the rest of the chunk is parsed, then feed throws its error", () => {
    const seen: string[] = [];
    const boom = new Error("boom");
    const parser = createEventParser({
      onEvent: ({ data }) => {
        seen.push(data);
        if (data === "2") throw boom;
      },
    });
    expect(() => parser.feed("data: 1\n\nid: 7\nevent: a\ndata: 2\n\ndata: 3\n\ndata: 4")).toThrow(boom);
    expect(seen).toEqual(["1", "2", "3"]);
    parser.feed("\n\n");
    expect(seen).toEqual(["1", "2", "3", "4"]);
    expect(parser.lastEventId).toBe("7");
  });

  test("is reported once, and of several the first", () => {
    const parser = createEventParser({
      onEvent: ({ data }) => {
        throw new Error(data);
      },
    });
    expect(() => parser.feed("data: 1\n\ndata: 2\n\n")).toThrow("1");
    expect(() => parser.feed("data: 3")).not.toThrow();
    expect(() => parser.feed("\n\n")).toThrow("3");
  });

  test("may be onRetry, onComment or onError", () => {
    const events: string[] = [];
    const fail = (): never => {
      throw new Error("boom");
    };
    const parser = createEventParser({
      onEvent: ({ data }) => events.push(data),
      onRetry: fail,
      onComment: fail,
      onError: fail,
      maxEventSize: 20,
    });
    for (const line of ["retry: 5\n", ": x\n", `data: ${"x".repeat(20)}\n\n`]) {
      expect(() => parser.feed(`${line}data: 1\n\n`)).toThrow("boom");
    }
    expect(events).toEqual(["1", "1", "1"]);
  });
});

describe("a callback", () => {
  test.each(["reset", "end"] as const)("that calls %s hears nothing more of the chunk", (method) => {
    const meanings: string[] = [];
    const parser: EventParser = createEventParser({
      onEvent: ({ data }) => {
        meanings.push(data);
        if (data === "1") parser[method]();
      },
      onRetry: () => meanings.push("retry"),
      onComment: () => meanings.push("comment"),
      maxEventSize: 20,
    });
    parser.feed(`data: 1\n\nid: 9\ndata: 2\n\nretry: 5\n: c\n${"x".repeat(30)}\n\nevent: a\ndata: 3`);
    parser.feed("\uFEFFdata: 4\n\n");
    expect(meanings).toEqual(["1", "4"]);
    expect(parser.lastEventId).toBe("");
  });

  test("that feeds its own parser gets an error, and the stream is unharmed", () => {
    const seen: string[] = [];
    const parser: EventParser = createEventParser({
      onEvent: ({ data }) => {
        seen.push(data);
        if (data === "1") parser.feed("data: x\n\n");
      },
    });
    expect(() => parser.feed("data: 1\n\ndata: 2\n\n")).toThrow(
      expect.objectContaining({ code: "handler-failed" }),
    );
    expect(seen).toEqual(["1", "2"]);
  });
});

test.each([
  undefined,
  null,
  5,
  "data",
  {},
  { onEvent: 5 },
  { onEvent: () => {}, onRetry: 5 },
  { onEvent: () => {}, onComment: "x" },
  { onEvent: () => {}, onError: {} },
])("%o is refused as options of a parser", (options) => {
  expect(() => createEventParser(options as never)).toThrow(
    expect.objectContaining({ name: "SseError", code: "invalid-option" }),
  );
});

test.each([undefined, null, 5, {}, new ArrayBuffer(4)])(
  "%o is refused as a chunk, and the parser stays usable",
  (chunk) => {
    const events: ParsedEvent[] = [];
    const parser = createEventParser({ onEvent: (event) => events.push(event) });
    expect(() => parser.feed(chunk as unknown as string)).toThrow(SseError);
    parser.feed("data: 1\n\n");
    expect(events).toHaveLength(1);
  },
);

test("the types of an event are those that it has at run time", () => {
  expectTypeOf<ParsedEvent>().toEqualTypeOf<{
    event: string;
    data: string;
    lastEventId: string;
    id?: string;
  }>();
  expectTypeOf<EventParser["lastEventId"]>().toEqualTypeOf<string>();
  expectTypeOf<EventParser["feed"]>().parameters.toEqualTypeOf<[chunk: string | Uint8Array]>();
  // @ts-expect-error onEvent is what a parser is for
  expect(() => createEventParser({})).toThrow();
});

test.each([undefined, {}, { onEvent: 5 }])("a parser without a callback is not created: %j", (options) => {
  expect(() => createEventParser(options as never)).toThrow(
    expect.objectContaining({ code: "invalid-option", field: "onEvent" }),
  );
});

test("an unknown option is refused with the known ones", () => {
  const options = { onEvent: () => {}, maxSize: 5 };
  expect(() => createEventParser(options)).toThrow(
    expect.objectContaining({
      code: "invalid-option",
      field: "maxSize",
      message:
        'createEventParser: unknown key "maxSize": pass only lastEventId, maxEventSize, onComment, onError, onRetry, onEvent',
    }),
  );
});
