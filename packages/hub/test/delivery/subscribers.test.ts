import { describe, expect, test } from "vitest";
import { Subscribers } from "../../src/delivery/subscribers.js";

describe("the followers of a channel", () => {
  test("are those that were added and not removed", () => {
    const subscribers = new Subscribers<string>();
    subscribers.add("topic:a", "ann");
    subscribers.add("topic:a", "bob");
    subscribers.add("topic:a", "bob");
    subscribers.remove("topic:a", "ann");
    subscribers.remove("topic:a", "unknown");
    expect([...subscribers.of("topic:a")]).toEqual(["bob"]);
    expect(subscribers.of("topic:b").size).toBe(0);
  });

  test("of several channels are each counted once", () => {
    const subscribers = new Subscribers<string>();
    subscribers.add("topic:a", "ann");
    subscribers.add("topic:b", "ann");
    subscribers.add("topic:b", "bob");
    expect([...subscribers.ofAny(["topic:a", "topic:b", "topic:c"])]).toEqual(["ann", "bob"]);
  });

  test("leave nothing behind when the last one goes", () => {
    const subscribers = new Subscribers<string>();
    subscribers.add("topic:a", "ann");
    subscribers.add("topic:b", "ann");
    subscribers.remove("topic:a", "ann");
    expect([...subscribers.channels()]).toEqual(["topic:b"]);
  });
});
