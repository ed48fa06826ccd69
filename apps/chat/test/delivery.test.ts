import { describe, expect, test } from "vitest";
import { post, say, sayIn, startChat, tell } from "./support/chat.js";
import { Listener } from "./support/listener.js";

// A broadcast follows the event that must not arrive: a wrong delivery would arrive before it.

describe("a broadcast", () => {
  test("reaches everybody as an event with an id, in the shape that the endpoints promise", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    const bob = await Listener.join(chat, "bob");
    const { status, body } = await post(chat, "/chat/broadcast", { from: "ann", message: "hi" });
    expect(status).toBe(200);
    for (const listener of [ann, bob]) {
      const heard = await listener.nextOf("broadcast");
      expect(heard.id).toBe((body as { id: string }).id);
      expect(Object.keys(heard.data)).toEqual(["Type", "From", "To", "Message", "Timestamp"]);
      expect(heard.data).toMatchObject({ Type: "broadcast", From: "ann", To: "", Message: "hi" });
      expect(new Date(String(heard.data["Timestamp"])).toISOString()).toBe(heard.data["Timestamp"]);
    }
  });

  test("reaches those who are in no room, and those who sent nothing yet", async () => {
    const chat = await startChat();
    const hermit = await Listener.join(chat, "hermit", { rooms: "" });
    await say(chat, "an absent user", "hello");
    expect(await hermit.textsUntil("hello")).toEqual(["hello"]);
  });
});

describe("a direct message", () => {
  test("reaches its two people in all their tabs, and no one else", async () => {
    const chat = await startChat();
    const right = await Promise.all(["ann", "ann", "bob", "bob"].map((name) => Listener.join(chat, name)));
    const carl = await Listener.join(chat, "carl");
    const id = await tell(chat, "ann", "bob", "psst");
    await say(chat, "ann", "end");
    for (const listener of right) {
      const heard = await listener.nextOf("direct");
      expect(heard).toMatchObject({ id, data: { Type: "direct", From: "ann", To: "bob", Message: "psst" } });
      expect(await listener.textsUntil("end")).toEqual(["end"]);
    }
    expect(await carl.textsUntil("end")).toEqual(["end"]);
  });

  test("to oneself comes once to each tab", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    await tell(chat, "ann", "ann", "note");
    await say(chat, "ann", "end");
    expect(await ann.textsUntil("end")).toEqual(["note", "end"]);
  });

  test("is for the exact name: neither another case nor a name that contains it", async () => {
    const chat = await startChat();
    const others = await Promise.all(["Bob", "bobby", "bob,ann"].map((name) => Listener.join(chat, name)));
    await tell(chat, "ann", "bob", "psst");
    await say(chat, "ann", "end");
    for (const other of others) expect(await other.textsUntil("end")).toEqual(["end"]);
  });
});

describe("a message in a room", () => {
  test("reaches those who are in the room, whatever the case of its name", async () => {
    const chat = await startChat();
    const inside = await Listener.join(chat, "ann", { rooms: "general,Music" });
    const outside = await Listener.join(chat, "bob");
    await sayIn(chat, "MUSIC", "carl", "la la");
    await say(chat, "ann", "end");
    const heard = await inside.nextOf("room");
    expect(heard.data).toMatchObject({ Type: "room", From: "carl", To: "music", Message: "la la" });
    expect(await outside.textsUntil("end")).toEqual(["end"]);
  });

  test("reaches those who named no room in the fixed rooms", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    await sayIn(chat, "general", "bob", "one");
    await sayIn(chat, "random", "bob", "two");
    expect(await ann.textsUntil("two")).toEqual(["one", "two"]);
  });
});

describe("whatever is in a message", () => {
  test.each([
    ["line breaks and fields of the wire format", "a\r\n\ndata: b\nevent: sse:live\nid: 1\n\n: c"],
    ["markup", "<img src=x onerror=alert(1)>"],
    ["characters beyond the first plane", "👩‍👩‍👧 𝒳"],
    ["white space at both ends", "  indented\n"],
    ["2,000 characters beyond the first plane", "🎉".repeat(2_000)],
  ])("%s arrive as they were written", async (_what, message) => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    const body = JSON.stringify({ from: "bob", message });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`${chat.url}/chat/broadcast`, { method: "POST", headers, body });
    expect(response.status).toBe(200);
    expect((await ann.nextOf("broadcast")).data["Message"]).toBe(message);
  });
});

describe("the parameters of a message", () => {
  test("are taken from a form, and count more there than in the query", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    const body = new URLSearchParams({ message: "from the form" });
    await fetch(`${chat.url}/chat/broadcast?from=bob&message=no`, { method: "POST", body });
    expect((await ann.nextOf("broadcast")).data).toMatchObject({ From: "bob", Message: "from the form" });
  });
});

describe("a notice that a user types", () => {
  test("reaches those who would get the message, without an id", async () => {
    const chat = await startChat();
    const bob = await Listener.join(chat, "bob");
    const carl = await Listener.join(chat, "carl", { rooms: "" });
    expect(await post(chat, "/chat/typing", { from: "ann", to: "bob" })).toEqual({
      status: 204,
      body: undefined,
    });
    await post(chat, "/chat/typing", { from: "ann", room: "general" });
    await post(chat, "/chat/typing", { from: "ann" });
    const everybody = { event: "typing", id: undefined, data: { Type: "broadcast", From: "ann", To: "" } };
    expect(await bob.nextOf("typing")).toEqual({
      event: "typing",
      id: undefined,
      data: { Type: "direct", From: "ann", To: "bob" },
    });
    expect((await bob.nextOf("typing")).data).toEqual({ Type: "room", From: "ann", To: "general" });
    expect(await bob.nextOf("typing")).toEqual(everybody);
    expect(await carl.nextOf("typing")).toEqual(everybody);
  });

  test("is no part of the history", async () => {
    const chat = await startChat();
    await post(chat, "/chat/typing", { from: "ann" });
    await say(chat, "ann", "hi");
    const bob = await Listener.connect(chat, "bob");
    expect((await bob.untilLive()).map(({ event }) => event)).toEqual(["broadcast", "sse:live"]);
  });
});

describe("Echo", () => {
  test("answers a direct message with its text, to the one who wrote it only", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    const bob = await Listener.join(chat, "bob");
    await tell(chat, "ann", "Echo", "are you there?");
    expect((await ann.nextOf("direct")).data).toMatchObject({ From: "ann", To: "Echo" });
    expect((await ann.nextOf("typing")).data).toEqual({ Type: "direct", From: "Echo", To: "ann" });
    expect((await ann.nextOf("direct")).data).toMatchObject({
      From: "Echo",
      To: "ann",
      Message: "are you there?",
    });
    await say(chat, "ann", "end");
    expect(await bob.textsUntil("end")).toEqual(["end"]);
  });

  test("counts, to 20 at most", async () => {
    const chat = await startChat();
    const ann = await Listener.join(chat, "ann");
    await tell(chat, "ann", "Echo", "count 3");
    expect(await ann.textsUntil("3")).toEqual(["count 3", "1", "2", "3"]);
    await tell(chat, "ann", "Echo", "count 999999");
    expect(await ann.textsUntil("20")).toHaveLength(21);
    await tell(chat, "ann", "Echo", "end");
    expect(await ann.textsUntil("end")).toEqual(["end"]);
  });
});
