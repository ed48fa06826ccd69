import { describe, expect, test, vi } from "vitest";
import type { ChatServer } from "../src/server.js";
import { get, say, startChat } from "./support/chat.js";
import { Listener } from "./support/listener.js";

/** Only a hang reaches the limit. */
const onlyAHang = { timeout: 100_000 };

/** Resolves once the room is empty: the server has noticed that its connections are closed. */
async function isEmpty(chat: ChatServer, room: string): Promise<void> {
  await vi.waitUntil(async () => {
    const rooms = (await get(chat, "/chat/rooms")) as { Name: string }[];
    return rooms.every(({ Name }) => Name !== room);
  }, onlyAHang);
}

describe("presence", () => {
  test("is told to everybody, with all who are here, and without an id", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    const bob = await Listener.join(chat, "bob");
    expect(await ann.nextOf("presence")).toEqual({
      event: "presence",
      id: undefined,
      data: { Type: "join", User: "bob", Users: ["ann", "bob"] },
    });
    bob.leave();
    expect((await ann.nextOf("presence")).data).toEqual({ Type: "leave", User: "bob", Users: ["ann"] });
  });

  test("counts a person once, who is here until the last tab is closed", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    const [one, two] = [
      await Listener.join(chat, "bob"),
      await Listener.join(chat, "bob", { rooms: "attic" }),
    ];
    expect(await get(chat, "/chat/users")).toEqual(["ann", "bob"]);
    expect((await ann.nextOf("presence")).data).toMatchObject({ Type: "join", User: "bob" });
    two.leave();
    await isEmpty(chat, "attic");
    expect(await get(chat, "/chat/users")).toEqual(["ann", "bob"]);
    one.leave();
    expect((await ann.nextOf("presence")).data).toEqual({ Type: "leave", User: "bob", Users: ["ann"] });
    expect(await get(chat, "/chat/users")).toEqual(["ann"]);
  });

  test("does not change when a user reloads the page", async () => {
    const chat = await startChat({ presenceGrace: 60_000 });
    const ann = await Listener.join(chat, "ann");
    const bob = await Listener.join(chat, "bob", { rooms: "attic" });
    await ann.nextOf("presence");
    bob.leave();
    await isEmpty(chat, "attic");
    expect(await get(chat, "/chat/users")).toEqual(["ann", "bob"]);
    await Listener.join(chat, "bob");
    await say(chat, "bob", "back");
    expect((await ann.next())?.event).toBe("broadcast");
  });

  test("is no part of the history", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    await Listener.join(chat, "bob");
    await ann.nextOf("presence");
    const carl = await Listener.connect(chat, "carl");
    expect((await carl.untilLive()).map(({ event }) => event)).toEqual(["sse:live"]);
  });
});

describe("the list of rooms", () => {
  test("has the fixed rooms, and others as long as users are in them", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann", { rooms: "general,attic" });
    await Listener.join(chat, "ann", { rooms: "attic" });
    expect(await get(chat, "/chat/rooms")).toEqual([
      { Name: "general", Users: ["ann"] },
      { Name: "random", Users: [] },
      { Name: "attic", Users: ["ann"] },
    ]);
    ann.leave();
    await vi.waitUntil(
      async () => JSON.stringify(await get(chat, "/chat/rooms")).includes('"general","Users":[]'),
      onlyAHang,
    );
    expect(await get(chat, "/chat/rooms")).toContainEqual({ Name: "attic", Users: ["ann"] });
  });
});
