import { describe, expect, test } from "vitest";
import {
  everyone,
  isChannel,
  isChannelList,
  topicChannel,
  topicOf,
  userChannel,
} from "../../src/log/channel.js";

test("no topic and no user has the channel of another, or of everyone", () => {
  const names = ["*", "a", "user:a", "topic:a", ""];
  const channels = [everyone, ...names.map(topicChannel), ...names.map(userChannel)];
  expect(new Set(channels).size).toBe(channels.length);
});

test("a topic is found in its channel, and in no other", () => {
  expect(topicOf(topicChannel("user:a"))).toBe("user:a");
  expect(topicOf(userChannel("topic:a"))).toBeUndefined();
  expect(topicOf(everyone)).toBeUndefined();
});

describe("what an engine gives back", () => {
  test.each(["*", "topic:a", "user:a", "topic:a\nb", `topic:${"x".repeat(256)}`])(
    "is a channel: %j",
    (text) => {
      expect(isChannel(text)).toBe(true);
    },
  );

  test.each(["", "a", "topic", "topic:", "Topic:a", "*a", `user:${"x".repeat(257)}`, 7, null, ["*"]])(
    "is none: %j",
    (value) => {
      expect(isChannel(value)).toBe(false);
    },
  );

  test("is a list of channels unless it is empty or holds anything else", () => {
    expect(isChannelList(["*", "topic:a"])).toBe(true);
    expect([[], ["topic:a", 1], "*", { 0: "*", length: 1 }].some(isChannelList)).toBe(false);
  });
});
