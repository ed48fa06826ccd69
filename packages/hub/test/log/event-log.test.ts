import { describe, expect, test } from "vitest";
import { everyone, topicChannel, userChannel } from "../../src/log/channel.js";
import { isPosition, maxPositionLength } from "../../src/log/position.js";

describe("the form of a position", () => {
  test.each(["a", "0-1", "A.b_c-9", "x".repeat(maxPositionLength)])("is met by %j", (text) => {
    expect(isPosition(text)).toBe(true);
  });

  test.each([
    "",
    " ",
    "a b",
    "a\n",
    "\0",
    "é",
    "a/b",
    "%0A",
    "x".repeat(maxPositionLength + 1),
    "x".repeat(1e6),
  ])("is not met by %j", (text) => {
    expect(isPosition(text)).toBe(false);
  });
});

test("no topic and no user has the channel of another, or of everyone", () => {
  const names = ["*", "a", "user:a", "topic:a", ""];
  const channels = [everyone, ...names.map(topicChannel), ...names.map(userChannel)];
  expect(new Set(channels).size).toBe(channels.length);
});
