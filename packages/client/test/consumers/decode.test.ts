import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, test } from "vitest";
import { createEventSource, type DecodedOptions } from "../../src/index.js";
import type { AnyOptions } from "../../src/options.js";
import { turns } from "../support/clock.js";
import { FakeServer } from "../support/fake-server.js";

/** A schema by hand: any validator would do. */
function schema<T>(
  validate: (value: unknown) => StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>,
): StandardSchemaV1<unknown, T> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

const price = schema<{ price: number }>((value) =>
  typeof (value as { price?: unknown } | null)?.price === "number"
    ? { value: value as { price: number } }
    : { issues: [{ message: "no price" }] },
);

async function receive(options: AnyOptions, text: string) {
  const server = new FakeServer();
  const source = createEventSource("http://host/", {
    ...options,
    fetch: server.fetch,
  } as DecodedOptions<unknown>);
  const log: unknown[] = [];
  source.onAny(({ event, data }) => log.push([event, data]));
  source.onLifecycle("error", ({ code, message }) => log.push([code, message]));
  await turns();
  await server.last.send(text);
  source.close();
  return { log, source };
}

describe("data is decoded", () => {
  test("not at all by default", async () => {
    expect((await receive({}, 'data: {"a":1}\n\n')).log).toEqual([["message", '{"a":1}']]);
  });

  test("as JSON", async () => {
    expect((await receive({ decode: "json" }, 'data: {"a":\ndata: 1}\n\ndata: null\n\n')).log).toEqual([
      ["message", { a: 1 }],
      ["message", null],
    ]);
  });

  test("as base64", async () => {
    expect((await receive({ decode: "base64" }, "data: AAH/\n\ndata:\n\n")).log).toEqual([
      ["message", new Uint8Array([0, 1, 255])],
      ["message", new Uint8Array()],
    ]);
  });

  test("by a function that knows the event, may be async, and does not change the order", async () => {
    const decode = (data: string, { event }: { event: string }) =>
      event === "slow" ? new Promise((resolve) => setImmediate(resolve, `${data}!`)) : `${data}?`;
    expect((await receive({ decode }, "event: slow\ndata: 1\n\ndata: 2\n\n")).log).toEqual([
      ["slow", "1!"],
      ["message", "2?"],
    ]);
  });
});

describe("an event whose data is invalid", () => {
  test("is left out and reported, and the stream goes on behind it", async () => {
    const { log, source } = await receive({ decode: "json" }, "id: 1\ndata: {\n\nid: 2\ndata: 1\n\n");
    expect(log).toEqual([
      ["invalid-event", expect.stringContaining('"message" was left out')],
      ["message", 1],
    ]);
    expect(source.lastEventId).toBe("2");
    expect(source.stats).toMatchObject({ events: 1, invalid: 1 });
  });

  test("goes to onInvalid instead, where there is one", async () => {
    const invalid: unknown[] = [];
    const onInvalid: AnyOptions["onInvalid"] = (error, event) =>
      invalid.push([error.code, error.cause, event.data]);
    const { log } = await receive({ events: { price }, onInvalid }, "event: price\ndata: {}\n\n");
    expect(log).toEqual([]);
    expect(invalid).toEqual([["invalid-event", [{ message: "no price" }], "{}"]]);
  });

  test("an onInvalid that throws is reported", async () => {
    const onInvalid = () => {
      throw new Error("oops");
    };
    expect((await receive({ decode: "json", onInvalid }, "data: {\n\n")).log).toEqual([
      ["handler-failed", expect.stringContaining("oops")],
    ]);
  });
});

describe("with schemas", () => {
  test("data is JSON, and what the schema makes of it is delivered", async () => {
    const doubled = schema<number>(async (value) => ({ value: Number(value) * 2 }));
    const text = 'event: price\ndata: {"price":1}\n\nevent: n\ndata: 4\n\n';
    expect((await receive({ events: { price, n: doubled } }, text)).log).toEqual([
      ["price", { price: 1 }],
      ["n", 8],
    ]);
  });

  test("an event without a schema is not delivered, not even one named as what every object has", async () => {
    const { log, source } = await receive({ events: { price } }, "event: toString\ndata: 1\n\ndata: 2\n\n");
    expect(log).toEqual([]);
    expect(source.stats).toMatchObject({ events: 0, ignored: 2, invalid: 0 });
  });

  test("the issue's message is part of the error", async () => {
    expect((await receive({ events: { price } }, "event: price\ndata: {}\n\n")).log).toEqual([
      ["invalid-event", expect.stringContaining("no price")],
    ]);
  });

  test("other data than JSON is decoded as told before it is validated", async () => {
    const text = schema<string>((value) =>
      typeof value === "string" ? { value } : { issues: [{ message: "no text" }] },
    );
    expect((await receive({ events: { a: text }, decode: "text" }, "event: a\ndata: {\n\n")).log).toEqual([
      ["a", "{"],
    ]);
  });
});
