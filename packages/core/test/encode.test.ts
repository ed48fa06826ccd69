import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type EncodeOptions,
  encodeComment,
  encodeEvent,
  type Serialize,
  type ServerSentEvent,
  SseError,
  serializeData,
} from "../src/index.js";

function errorOf(action: () => unknown): SseError {
  try {
    action();
  } catch (error) {
    if (error instanceof SseError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the wire form", () => {
  test("has comments, event, id, retry and data in this order, one space after each colon, and ends with a blank line", () => {
    const event = { data: "x", retry: 3000, id: "7", event: "price", comment: "note" };
    expect(encodeEvent(event)).toBe(": note\nevent: price\nid: 7\nretry: 3000\ndata: x\n\n");
  });

  test("has no line for an absent field", () => {
    expect(encodeEvent({ data: "x" })).toBe("data: x\n\n");
    expect(encodeEvent({ id: "7" })).toBe("id: 7\n\n");
    expect(encodeEvent({ retry: 0 })).toBe("retry: 0\n");
  });

  test("has an empty data line where it has a name and no data, because clients would dispatch nothing", () => {
    expect(encodeEvent({ event: "refresh" })).toBe("event: refresh\ndata: \n\n");
    expect(encodeEvent({ event: "refresh", id: "7", data: undefined })).toBe(
      "event: refresh\nid: 7\ndata: \n\n",
    );
  });

  test.each([
    [{}, "empty"],
    [{ type: "x" }, '"type"'],
    [{ dta: 1 }, '"dta"'],
  ])("%o has no field: it is refused, with what it has instead", (event, found) => {
    const error = errorOf(() => encodeEvent(event as ServerSentEvent));
    expect(error).toMatchObject({ code: "invalid-field", message: expect.stringContaining(found) });
  });

  test("keeps empty fields: an empty id resets, empty data dispatches", () => {
    expect(encodeEvent({ event: "", id: "", data: "" })).toBe("event: \nid: \ndata: \n\n");
  });

  test.each([
    ["a\nb", "data: a\ndata: b\n\n"],
    ["a\rb", "data: a\ndata: b\n\n"],
    ["a\r\nb", "data: a\ndata: b\n\n"],
    ["a\n\rb", "data: a\ndata: \ndata: b\n\n"],
    ["a\n", "data: a\ndata: \n\n"],
    ["\n", "data: \ndata: \n\n"],
    ["\r\n\r\n", "data: \ndata: \ndata: \n\n"],
  ])("splits data %j into lines", (data, wire) => {
    expect(encodeEvent({ data })).toBe(wire);
  });

  test("keeps leading spaces, colons, NUL and any other character in data", () => {
    expect(encodeEvent({ data: "  :x\0\uFEFF\u2028" })).toBe("data:   :x\0\uFEFF\u2028\n\n");
  });
});

describe("serialize", () => {
  test.each<[string, unknown, string]>([
    ["a string", 'say "hi"', 'say "hi"'],
    ["bytes", new Uint8Array([0, 255, 128]), "AP+A"],
    ["a Buffer", Buffer.from("hi"), "aGk="],
    ["an object", { a: [1, null] }, '{"a":[1,null]}'],
    ["null", null, "null"],
    ["a number", 92.607347, "92.607347"],
    ["a boolean", false, "false"],
    ["a date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ["an object with a line end", "a\nb".split(""), '["a","\\n","b"]'],
  ])("'auto' sends %s as it is expected", (_name, data, text) => {
    expect(encodeEvent({ data })).toBe(`data: ${text}\n\n`);
    expect(serializeData(data)).toBe(text);
  });

  test("'json' sends everything as JSON, bytes as a JSON string of base64", () => {
    const wire = (data: unknown): string => encodeEvent({ data }, { serialize: "json" });
    expect(wire("a\nb")).toBe('data: "a\\nb"\n\n');
    expect(wire(new Uint8Array([1, 2]))).toBe('data: "AQI="\n\n');
    expect(wire({ a: 1 })).toBe('data: {"a":1}\n\n');
    expect(() => wire(undefined)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("data is undefined") }),
    );
  });

  test("a function decides for every data, and its lines are split too", () => {
    const serialize: Serialize = (data) => `<${String(data)}>\n`;
    expect(encodeEvent({ data: "x" }, { serialize })).toBe("data: <x>\ndata: \n\n");
    expect(encodeEvent({ data: new Uint8Array([5]) }, { serialize })).toBe("data: <5>\ndata: \n\n");
    expect(encodeEvent({ id: "7" }, { serialize })).toBe("id: 7\n\n");
  });

  test("base64 of bytes of any length is that of Buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        expect(serializeData(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      }),
    );
    const large = Uint8Array.from({ length: 100_001 }, (_, index) => index * 31);
    expect(serializeData(large)).toBe(Buffer.from(large).toString("base64"));
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each<[string, unknown]>([
    ["a cycle", cycle],
    ["a BigInt", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    [
      "a failing toJSON",
      {
        toJSON: () => {
          throw new Error("no");
        },
      },
    ],
  ])("%s in data is unserializable", (_name, data) => {
    const error = errorOf(() => encodeEvent({ data }));
    expect(error).toMatchObject({ code: "unserializable", field: "data" });
  });

  test("a serialize function that throws or returns no string is unserializable, with its error as the cause", () => {
    const cause = new Error("boom");
    const throwing: Serialize = () => {
      throw cause;
    };
    expect(errorOf(() => encodeEvent({ data: 1 }, { serialize: throwing }))).toMatchObject({
      code: "unserializable",
      cause,
    });
    const wrong = (() => 5) as unknown as Serialize;
    expect(errorOf(() => encodeEvent({ data: 1 }, { serialize: wrong })).message).toContain(
      "returned a number",
    );
  });
});

describe("a field that cannot be written is refused by name", () => {
  test.each(["event", "id"])("CR, LF or NUL anywhere in %s", (field) => {
    for (const character of ["\r", "\n", "\0"]) {
      for (const value of [character, `${character}x`, `x${character}`, `x${character}y`]) {
        const error = errorOf(() => encodeEvent({ [field]: value, data: "" }));
        expect(error).toMatchObject({ code: "invalid-field", field });
        expect(error.message).toContain(`${field} contains`);
        expect(error.message).toContain(`at index ${value.indexOf(character)}`);
      }
    }
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e21, "5"])("retry %s", (retry) => {
    const error = errorOf(() => encodeEvent({ retry: retry as number }));
    expect(error).toMatchObject({ code: "invalid-field", field: "retry" });
    expect(error.message).toContain("non-negative integer");
  });

  test("retry is written in plain digits up to the largest safe integer", () => {
    expect(encodeEvent({ retry: Number.MAX_SAFE_INTEGER })).toBe("retry: 9007199254740991\n");
    expect(encodeEvent({ retry: -0 })).toBe("retry: 0\n");
  });

  test.each(["event", "id", "comment"])("%s that is no string", (field) => {
    const error = errorOf(() => encodeEvent({ [field]: 5 } as unknown as ServerSentEvent));
    expect(error).toMatchObject({ code: "invalid-field", field });
    expect(error.message).toContain("String(");
  });

  test.each([null, "hello", 5])("%j in place of an event", (event) => {
    const error = errorOf(() => encodeEvent(event as unknown as ServerSentEvent));
    expect(error.code).toBe("invalid-field");
    expect(error.message).toContain("{ data: … }");
  });
});

describe("a field that no event has", () => {
  test.each<[object, string]>([
    [{ evnt: "x", data: 1 }, 'an event has no field "evnt": did you mean "event"?'],
    [{ event: "x", dta: 1 }, 'did you mean "data"?'],
    [{ data: 1, id: "1", retyr: 5 }, 'did you mean "retry"?'],
    [{ comment: "c", payload: 1 }, 'an event has no field "payload": send event, data, id, retry or comment'],
  ])("is refused: %j", (event, message) => {
    const error = errorOf(() => encodeEvent(event));
    expect(error.code).toBe("invalid-field");
    expect(error.message).toContain(message);
  });

  test("is neither an undefined one nor the last id of a parsed event, which may be sent on", () => {
    const parsed = { event: "x", data: "1", lastEventId: "7", other: undefined };
    expect(encodeEvent(parsed)).toBe("event: x\ndata: 1\n\n");
  });
});

test("bytes of another realm are bytes", () => {
  expect(encodeEvent({ data: runInNewContext("new Uint8Array([1, 2])") })).toBe("data: AQI=\n\n");
});

describe("data whose content JSON would lose", () => {
  class Empty {}
  test.each<[string, unknown]>([
    ["promise", Promise.resolve(1)],
    ["Map", new Map([["a", 1]])],
    ["Set", new Set([1])],
    ["Error", new Error("secret")],
    ["ArrayBuffer", new ArrayBuffer(2)],
    ["Headers", new Headers({ a: "b" })],
    ["Empty", new Empty()],
  ])("is refused with what it is: a %s", (name, data) => {
    const error = errorOf(() => encodeEvent({ data }));
    expect(error).toMatchObject({ code: "unserializable", message: expect.stringContaining(name) });
  });

  test.each<[unknown, string]>([
    [{ user: { posts: Promise.resolve([]) } }, '"user.posts" is a promise'],
    [[0, { tags: new Set(["a"]) }], 'no form of Set at "1.tags"'],
    [{ a: new Map(), note: "{}" }, 'no form of Map at "a"'],
    // biome-ignore lint/suspicious/noThenProperty: a thenable, such as the query of a database.
    [{ rows: { then: () => {} } }, '"rows" is a promise'],
    [runInNewContext("Promise.resolve(1)"), "it is a promise"],
    [{ map: runInNewContext("new Map([[1, 2]])") }, 'no form of Map at "map"'],
  ])("is refused at any depth: %o", (data, message) => {
    const error = errorOf(() => encodeEvent({ data }));
    expect(error).toMatchObject({ code: "unserializable", message: expect.stringContaining(message) });
  });

  test.each<[unknown, string]>([
    [{ text: "{}", empty: {}, list: [{}] }, '{"text":"{}","empty":{},"list":[{}]}'],
    [Object.assign([{}], { seen: new Map() }), "[{}]"],
    [{ a: { toJSON: () => ({}) } }, '{"a":{}}'],
    [{}, "{}"],
    [Object.create(null), "{}"],
    [{ toJSON: () => ({}) }, "{}"],
    [
      new (class Price {
        value = 1;
      })(),
      '{"value":1}',
    ],
    [runInNewContext("({})"), "{}"],
  ])("is none of %o", (data, text) => {
    expect(encodeEvent({ data })).toBe(`data: ${text}\n\n`);
  });
});

describe("encodeComment", () => {
  test.each([
    [undefined, ":\n"],
    ["", ":\n"],
    ["hi", ": hi\n"],
    ["a\nb\r\nc\rd", ": a\n: b\n: c\n: d\n"],
    ["data: x\n\ndata: y", ": data: x\n: \n: data: y\n"],
  ])("of %j is %j", (text, wire) => {
    expect(encodeComment(text)).toBe(wire);
  });
});

test("the types of an event's fields are those of the wire", () => {
  expectTypeOf(encodeEvent).toEqualTypeOf<(event: ServerSentEvent, options?: EncodeOptions) => string>();
  expectTypeOf<ServerSentEvent>().toEqualTypeOf<{
    event?: string | undefined;
    data?: unknown;
    id?: string | undefined;
    retry?: number | undefined;
    comment?: string | undefined;
  }>();
  // @ts-expect-error an id is a string
  const numeric: ServerSentEvent = { id: 5 };
  expect(numeric.id).toBe(5);
});
