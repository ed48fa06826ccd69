import { describe, expect, test } from "vitest";
import { type ChatMessage, Conversations, type When } from "../public/js/conversations.js";

let ids = 0;

function message(Type: ChatMessage["Type"], From: string, To: string, Message = "hi"): ChatMessage {
  return { Type, From, To, Message, Timestamp: "2026-01-05T09:30:00.000Z" };
}

function take(
  conversations: Conversations,
  what: ChatMessage,
  when: When = "live",
  id = `id-${++ids}`,
): unknown {
  return conversations.take(what, id, when)?.key;
}

function contents({ items }: { items: readonly object[] }): unknown[] {
  return items.map((item) => ("text" in item ? item.text : "count" in item ? `missed ${item.count}` : "gap"));
}

describe("a message", () => {
  test("stands in the conversation that it belongs to", () => {
    const conversations = new Conversations("ann", ["general"]);
    expect(take(conversations, message("broadcast", "bob", ""))).toBe("broadcast");
    expect(take(conversations, message("room", "bob", "general"))).toBe("room:general");
    expect(take(conversations, message("direct", "bob", "ann"))).toBe("direct:bob");
    expect(take(conversations, message("direct", "ann", "bob"))).toBe("direct:bob");
    expect(take(conversations, message("direct", "ann", "ann"))).toBe("direct:ann");
  });

  test("that came before is taken once", () => {
    const conversations = new Conversations("ann", []);
    take(conversations, message("broadcast", "bob", ""), "live", "1");
    expect(take(conversations, message("broadcast", "bob", ""), "history", "1")).toBeUndefined();
    expect(conversations.everyone.items).toHaveLength(1);
  });

  test("that was sent is pending until it comes over the stream, whichever is told first", () => {
    const conversations = new Conversations("ann", []);
    const { everyone } = conversations;
    conversations.sent(everyone, "1", "first");
    expect(everyone.pending).toEqual([{ id: "1", text: "first" }]);
    take(conversations, message("broadcast", "ann", "", "first"), "live", "1");
    expect(everyone.pending).toEqual([]);
    take(conversations, message("broadcast", "ann", "", "second"), "live", "2");
    conversations.sent(everyone, "2", "second");
    expect(everyone.pending).toEqual([]);
  });

  test("of a long conversation is kept among the last 500", () => {
    const conversations = new Conversations("ann", []);
    for (let number = 0; number < 600; number++)
      take(conversations, message("broadcast", "bob", "", `${number}`));
    expect(contents(conversations.everyone)).toEqual(
      Array.from({ length: 500 }, (_, index) => `${index + 100}`),
    );
  });
});

describe("unread messages", () => {
  test("are those of others that came while their conversation was not watched", () => {
    const conversations = new Conversations("ann", ["general"]);
    const general = conversations.at("room", "general");
    take(conversations, message("broadcast", "bob", ""));
    take(conversations, message("room", "bob", "general"));
    take(conversations, message("room", "bob", "general"), "missed");
    take(conversations, message("room", "ann", "general"));
    take(conversations, message("room", "bob", "general"), "history");
    expect([conversations.everyone.unread, general.unread]).toEqual([0, 2]);
    conversations.show(general);
    expect(conversations.unread).toBe(0);
  });

  test("of the open conversation are those that came while the page was in the background", () => {
    const conversations = new Conversations("ann", []);
    conversations.watch(false);
    take(conversations, message("broadcast", "bob", ""));
    expect(conversations.unread).toBe(1);
    conversations.watch(true);
    expect(conversations.unread).toBe(0);
  });
});

describe("a break", () => {
  test("is marked in each conversation, with the number of messages that arrived late", () => {
    const conversations = new Conversations("ann", ["general"]);
    take(conversations, message("broadcast", "bob", "", "before"));
    take(conversations, message("broadcast", "bob", "", "one"), "missed");
    take(conversations, message("room", "bob", "general", "two"), "missed");
    take(conversations, message("broadcast", "bob", "", "three"), "missed");
    expect(conversations.caughtUp()).toBe(3);
    take(conversations, message("broadcast", "bob", "", "after"));
    expect(contents(conversations.everyone)).toEqual(["before", "missed 2", "one", "three", "after"]);
    expect(contents(conversations.at("room", "general"))).toEqual(["missed 1", "two"]);
  });

  test("does not count what one wrote oneself", () => {
    const conversations = new Conversations("ann", []);
    take(conversations, message("broadcast", "ann", "", "mine"), "missed");
    expect(conversations.caughtUp()).toBe(0);
    expect(contents(conversations.everyone)).toEqual(["mine"]);
  });

  test("that follows another has a mark of its own", () => {
    const conversations = new Conversations("ann", []);
    take(conversations, message("broadcast", "bob", "", "one"), "missed");
    conversations.caughtUp();
    take(conversations, message("broadcast", "bob", "", "two"), "missed");
    expect(contents(conversations.everyone)).toEqual(["missed 1", "one", "missed 1", "two"]);
  });
});

test("a gap is noted where something was said, and where one looks", () => {
  const conversations = new Conversations("ann", ["general", "random"]);
  take(conversations, message("room", "bob", "general", "old"));
  conversations.gap();
  expect(contents(conversations.everyone)).toEqual(["gap"]);
  expect(contents(conversations.at("room", "general"))).toEqual(["old", "gap"]);
  expect(conversations.at("room", "random").empty).toBe(true);
});

test("who leaves the open room looks at what is said to everybody", () => {
  const conversations = new Conversations("ann", ["general"]);
  const general = conversations.at("room", "general");
  conversations.show(general);
  conversations.remove(general);
  expect(conversations.open).toBe(conversations.everyone);
  expect(conversations.rooms).toEqual([]);
});
