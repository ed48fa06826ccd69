import { type BusListener, createMemoryLog, type EventLog, type HubBus } from "@sse/koa";
import { expect, test, vi } from "vitest";
import type { ChatServer } from "../src/server.js";
import { get, post, sayIn, startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

/** A log that all instances share, with a bus between them. */
function sharedLog(): EventLog {
  const listeners = new Set<BusListener>();
  const bus: HubBus = {
    send: async (message) => {
      for (const listener of listeners) listener.message(message);
    },
    listen: (listener) => {
      listeners.add(listener);
      listener.reset();
      return () => listeners.delete(listener);
    },
    close: async () => {},
  };
  return Object.assign(createMemoryLog(), { bus });
}

/** Instances tell each other once a second. */
const patience = { timeout: 10_000 };

async function startTwo(): Promise<[ChatServer, ChatServer]> {
  const log = sharedLog();
  return [await startChat({ log }), await startChat({ log })];
}

test("two instances are one chat: presence is told once to each, with all who are here", async () => {
  const [one, two] = await startTwo();
  const ann = await Listener.join(one, "ann", { rooms: "attic" });
  const bob = await Listener.join(two, "bob", { rooms: "attic" });
  expect((await ann.nextOf("presence")).data).toEqual({ Type: "join", User: "bob", Users: ["ann", "bob"] });
  expect(await get(one, "/chat/users")).toEqual(["ann", "bob"]);
  await vi.waitUntil(async () => JSON.stringify(await get(two, "/chat/users")) === '["bob","ann"]', patience);
  expect(await get(two, "/chat/rooms")).toContainEqual({ Name: "attic", Users: ["bob", "ann"] });
  bob.leave();
  // What comes first after bob's joining is his leaving: nothing was told twice.
  expect((await ann.nextOf("presence")).data).toEqual({ Type: "leave", User: "bob", Users: ["ann"] });
});

test("two instances are one chat: what is said and typed on one is heard on the other, once", async () => {
  const [one, two] = await startTwo();
  const ann = await Listener.join(one, "ann", { rooms: "attic" });
  await post(two, "/chat/typing", { from: "bob", room: "attic" });
  await sayIn(two, "attic", "bob", "hello");
  expect((await ann.next())?.event).toBe("typing");
  expect((await ann.next())?.data).toMatchObject({ From: "bob", Message: "hello" });
});

test("a page may drop its connection through either instance", async () => {
  const [one, two] = await startTwo();
  const ann = await Listener.connect(one, "ann");
  const live = (await ann.untilLive()).at(-1);
  const connection = String(live?.data["connection"]);
  await vi.waitUntil(async () => (await post(two, "/chat/drop", { connection })).status === 200, patience);
  expect(await ann.next()).toBeUndefined();
});
