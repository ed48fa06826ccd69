import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, expectTypeOf, it } from "vitest";
import { createHub, type Hub } from "../src/index.js";
import { ManualClock } from "./support/clock.js";
import { openStream } from "./support/sink.js";

/** A schema as a validation library would make it. */
function schema<T>(validate: StandardSchemaV1.Props<T>["validate"]): StandardSchemaV1<T, T> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

const price = schema<{ symbol: string; price: number }>((value) => {
  const { price } = value as { price?: unknown };
  if (typeof price === "number") return { value: value as { symbol: string; price: number } };
  return {
    issues: [
      { message: "expected a number", path: ["price"] },
      { message: "and more", path: [{ key: "a" }, 0] },
    ],
  };
});
const name = schema<string>(async (value) =>
  typeof value === "string" ? { value } : { issues: [{ message: "expected a text" }] },
);

function setUp() {
  const clock = new ManualClock();
  const hub = createHub({ clock, events: { price, name } });
  hub.on("error", () => {});
  const { stream, sink } = openStream(clock);
  hub.connect(stream);
  return { clock, hub, sink };
}

describe("a hub with schemas", () => {
  it("publishes what matches, as JSON, also texts", async () => {
    const { clock, hub, sink } = setUp();
    await hub.broadcast({ event: "price", data: { symbol: "AAPL", price: 1 } });
    await hub.broadcast({ event: "name", data: "Ann" });
    clock.endTick();
    expect(sink.blocks.slice(-2)).toMatchObject([
      { type: "price", data: '{"symbol":"AAPL","price":1}' },
      { type: "name", data: '"Ann"' },
    ]);
  });

  it("rejects what does not, naming the event and each path, and no client gets it", async () => {
    const { clock, hub, sink } = setUp();
    await expect(hub.broadcast({ event: "price", data: { symbol: "AAPL" } as never })).rejects.toMatchObject({
      code: "invalid-event",
      message: 'event "price" does not match its schema: price: expected a number; a.0: and more',
      issues: [
        { path: "price", message: "expected a number" },
        { path: "a.0", message: "and more" },
      ],
    });
    await expect(hub.broadcast({ event: "name", data: 1 as never })).rejects.toMatchObject({
      issues: [{ path: "", message: "expected a text" }],
    });
    clock.endTick();
    expect(sink.blocks.at(-1)?.type).toBe("sse:live");
  });

  it.each(["other", "toString", "__proto__", undefined])("rejects the unknown event %s", async (event) => {
    const { hub } = setUp();
    await expect(hub.broadcast({ event, data: 1 } as never)).rejects.toMatchObject({ code: "invalid-event" });
  });

  it("validates without publishing", async () => {
    const { hub } = setUp();
    await hub.validate({ event: "name", data: "x" });
    await expect(hub.validate({ event: "name", data: 1 as never })).rejects.toMatchObject({
      code: "invalid-event",
    });
    expect(hub.stats().published).toBe(0);
  });
});

describe("the types", () => {
  it("come from the schemas", () => {
    const { hub } = setUp();
    expectTypeOf(hub).toEqualTypeOf<Hub<{ price: { symbol: string; price: number }; name: string }>>();
    expectTypeOf(hub.broadcast)
      .parameter(0)
      .toEqualTypeOf<
        { event: "price"; data: { symbol: string; price: number } } | { event: "name"; data: string }
      >();
  });

  it("come from the type argument, and `message` may be left out", () => {
    const hub = createHub<{ message: string; tick: number }>();
    expectTypeOf(hub.broadcast)
      .parameter(0)
      .toEqualTypeOf<{ event?: "message" | undefined; data: string } | { event: "tick"; data: number }>();
    // @ts-expect-error a text is no number
    void (() => hub.broadcast({ event: "tick", data: "1" }));
    // @ts-expect-error there is no such event
    void (() => hub.publish("t", { event: "tock", data: 1 }));
    // @ts-expect-error the hub sets the id
    void (() => hub.sendTo("ann", { event: "tick", data: 1, id: "7" }));
  });

  it("allow anything without either", () => {
    expectTypeOf(createHub().broadcast)
      .parameter(0)
      .toEqualTypeOf<{ event?: string | undefined; data?: unknown }>();
  });
});
