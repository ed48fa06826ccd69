import { describe, expect, test } from "vitest";
import {
  type PublicationSettings,
  type PublishedEvent,
  type PublishOptions,
  preparePublication,
  type Recipients,
  requirePublishOptions,
} from "../../src/publish/publication.js";

const settings = {
  serialize: "auto",
  limits: { eventBytes: 100, topicsPerPublish: 3 },
} as const;
const all = { kind: "everyone" } as const;

const prepare = (event: unknown, options: Partial<PublicationSettings> = {}, conflateKey?: string) =>
  preparePublication(
    all,
    event as PublishedEvent,
    { ...settings, ...options },
    conflateKey === undefined ? {} : { conflateKey },
  );

const error = (code: string, field: string) => expect.objectContaining({ name: "SseError", code, field });

describe("the audience", () => {
  test("becomes the channels of an entry", () => {
    const channels = (recipients: Recipients) =>
      preparePublication(recipients, { data: 1 }, settings).channels;
    expect(channels(all)).toEqual(["*"]);
    expect(channels({ kind: "topics", topics: ["a", "b"] })).toEqual(["topic:a", "topic:b"]);
    expect(channels({ kind: "topics", topics: "a" })).toEqual(["topic:a"]);
    expect(channels({ kind: "users", users: ["a", "a"] })).toEqual(["user:a"]);
    expect(() => channels({ kind: "users", users: ["a", "b", "c", "d"] })).toThrow(
      error("invalid-option", "users"),
    );
  });
});

describe("data", () => {
  test.each<[unknown, string, string]>([
    ["text", "text", '"text"'],
    [{ a: [1] }, '{"a":[1]}', '{"a":[1]}'],
    [0, "0", "0"],
    [null, "null", "null"],
    [new Uint8Array([1, 2, 3]), "AQID", '"AQID"'],
  ])("%j is sent as %s, or as JSON %s", (data, auto, json) => {
    expect(prepare({ data }).data).toBe(auto);
    expect(prepare({ data }, { serialize: "json" }).data).toBe(json);
  });

  test("that is missing is sent as empty, so that the event is dispatched", () => {
    expect(prepare({ event: "ping" })).toMatchObject({ event: "ping", data: "" });
  });

  test("without a JSON form is refused", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const data of [cycle, 1n, () => {}, Symbol("x")])
      expect(() => prepare({ data })).toThrow(error("unserializable", "data"));
  });
});

describe("the name", () => {
  test("may be any text on one line, and is left out where it is the default", () => {
    expect(prepare({ event: "größe: 1", data: 1 }).event).toBe("größe: 1");
    expect(prepare({ event: "", data: 1 }).event).toBeUndefined();
    expect(prepare({ data: 1 }).event).toBeUndefined();
  });

  test.each(["a\nb", "a\rb", "a\0b", "\n"])("%j would forge a field and is refused", (event) => {
    expect(() => prepare({ event, data: 1 })).toThrow(error("invalid-field", "event"));
  });

  test.each([7, {}, null])("%j is no text and is refused", (event) => {
    expect(() => prepare({ event, data: 1 })).toThrow(error("invalid-field", "event"));
  });

  test.each(["sse:gap", "sse:live", "sse:", "sse:anything"])("%s is the hub's and is refused", (event) => {
    expect(() => prepare({ event, data: 1 })).toThrow(error("reserved", "event"));
  });

  test.each(["sse", "SSE:gap", " sse:gap"])("%j is not the hub's", (event) => {
    expect(prepare({ event, data: 1 }).event).toBe(event);
  });
});

describe("an event", () => {
  test.each([
    ["id", "1"],
    ["id", ""],
    ["retry", 0],
    ["comment", ""],
  ])("with %s is refused, because that is the hub's", (field, value) => {
    expect(() => prepare({ data: 1, [field]: value })).toThrow(error("reserved", field));
  });

  test("with such a field undefined is taken", () => {
    expect(prepare({ data: 1, id: undefined, retry: undefined }).data).toBe("1");
  });

  test.each([undefined, null, "text", 7])("that is %j is refused", (event) => {
    expect(() => prepare(event)).toThrow(error("invalid-field", "data"));
  });

  test("is limited in bytes of name and data together, as UTF-8", () => {
    const limits = { ...settings.limits, eventBytes: 10 };
    expect(prepare({ event: "name", data: "ééé" }, { limits }).data).toBe("ééé");
    expect(() => prepare({ event: "name", data: "ééé!" }, { limits })).toThrow(error("too-large", "data"));
  });
});

describe("what an event may not have", () => {
  test.each<[string, unknown, string]>([
    ["a field that is misspelled", { dat: 1 }, 'did you mean "data"?'],
    ["an option", { data: 1, emphemeral: true }, 'did you mean "ephemeral"?'],
    ["a name under another field", { type: "x", data: 1 }, "publish only event and data"],
  ])("%s is refused, and the right one is named", (_, event, message) => {
    expect(() => prepare(event)).toThrow(message);
    expect(() => prepare(event)).toThrow(expect.objectContaining({ code: "invalid-field" }));
  });

  test.each([
    [null, "not null"],
    [5, "not a number"],
    [["a"], "not an array"],
    ["text", "not a string"],
  ])("%j is no event", (event, message) => {
    expect(() => prepare(event)).toThrow(message);
  });

  test("a conflate key counts towards its size", () => {
    expect(prepare({ data: "x".repeat(90) }, {}, "k".repeat(10)).data).toHaveLength(90);
    expect(() => prepare({ data: "x".repeat(90) }, {}, "k".repeat(11))).toThrow(error("too-large", "data"));
  });
});

describe("the options of a publish", () => {
  test.each<[unknown, string]>([
    [{ emphemeral: true }, "emphemeral"],
    [{ scope: "world" }, "scope"],
    [{ scope: "instance" }, "scope"],
    [{ timeout: -1 }, "timeout"],
    [{ timeout: 2 ** 31 }, "timeout"],
    [{ idempotencyKey: "" }, "idempotencyKey"],
    [{ idempotencyKey: 7 }, "idempotencyKey"],
    [{ idempotencyKey: "x".repeat(4_097) }, "idempotencyKey"],
    [{ idempotencyKey: "a\ud800" }, "idempotencyKey"],
    [{ conflateKey: "" }, "conflateKey"],
    [{ conflateKey: "\udc00" }, "conflateKey"],
  ])("%j is refused", (options, field) => {
    expect(() => requirePublishOptions(options as PublishOptions)).toThrow(error("invalid-option", field));
  });

  test("may be undefined one by one", () => {
    const options = { ephemeral: undefined, scope: undefined, timeout: undefined, idempotencyKey: undefined };
    expect(() => requirePublishOptions(options)).not.toThrow();
  });
});
