import { assertType, describe, expectTypeOf, test } from "vitest";
import { createHub, type Hub, type HubEvent, type PresenceScope, type PublishOptions } from "../src/index.js";

interface Events {
  price: { symbol: string; value: number };
  note: string;
  message: { text: string };
}

describe("a hub with declared events", () => {
  const hub = createHub<Events>();

  test("takes their names with their payloads", () => {
    assertType<Promise<string>>(hub.broadcast({ event: "price", data: { symbol: "AAPL", value: 1 } }));
    assertType<Promise<string>>(hub.publish("a", { event: "note", data: "x" }));
    assertType<Promise<string>>(hub.sendTo(["ann"], { event: "message", data: { text: "x" } }));
  });

  test("lets the name of the default event be left out", () => {
    assertType<Promise<string>>(hub.broadcast({ data: { text: "x" } }));
  });

  test("does not compile with a wrong payload", () => {
    // @ts-expect-error value is a number
    assertType<HubEvent<Events>>({ event: "price", data: { symbol: "AAPL", value: "1" } });
    // @ts-expect-error a note is a text
    assertType<HubEvent<Events>>({ event: "note", data: 7 });
    // @ts-expect-error the payload of another event
    assertType<HubEvent<Events>>({ event: "note", data: { text: "x" } });
    // @ts-expect-error the default event has a payload of its own
    assertType<HubEvent<Events>>({ data: "x" });
    // @ts-expect-error data is missing
    assertType<HubEvent<Events>>({ event: "note" });
  });

  test("does not compile with an unknown name, or with the hub's own fields", () => {
    // @ts-expect-error no such event
    assertType<HubEvent<Events>>({ event: "prize", data: "x" });
    // @ts-expect-error ids are the log's
    assertType<HubEvent<Events>>({ event: "note", data: "x", id: "1" });
  });

  test("is a hub for code that only connects streams to it", () => {
    expectTypeOf(hub).toExtend<Pick<Hub, "connect" | "probe">>();
  });
});

test("a hub without declared events takes any name and payload", () => {
  const hub = createHub();
  assertType<Promise<string>>(hub.broadcast({ event: "anything", data: { at: new Date() } }));
  assertType<Promise<string>>(hub.broadcast({}));
  // @ts-expect-error retry is the hub's
  assertType<HubEvent<Record<string, unknown>>>({ data: 1, retry: 1 });
});

test("presence and ephemeral events know two scopes, and a hub may be told to have no bus", () => {
  const hub = createHub({ bus: null, cluster: { interval: 500 }, whenLogUnavailable: "refuse" });
  expectTypeOf(hub.users("a", { scope: "instance" })).toEqualTypeOf<string[]>();
  expectTypeOf(hub.connectionCount(undefined, { scope: "hub" })).toEqualTypeOf<number>();
  expectTypeOf(hub.isOnline("ann", {})).toEqualTypeOf<boolean>();
  expectTypeOf<PresenceScope["scope"]>().toEqualTypeOf<"hub" | "instance" | undefined>();
  expectTypeOf<PublishOptions["scope"]>().toEqualTypeOf<PresenceScope["scope"]>();
  hub.on("join", ({ local }) => expectTypeOf(local).toEqualTypeOf<boolean>());
});
