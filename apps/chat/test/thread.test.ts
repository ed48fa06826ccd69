import { describe, expect, test } from "vitest";
import { requestKey } from "../page/src/api.js";
import { hashOf, type Place, placeOf, placeOfMessage } from "../page/src/conversation.js";
import {
  type Bubble,
  failedIn,
  type Thread,
  unreadIn,
  withAnswer,
  withChange,
  withGap,
  withPast,
  withPending,
  withReceived,
} from "../page/src/thread.js";

const message = {
  Type: "broadcast",
  From: "Ann",
  To: "",
  Message: "hi",
  Timestamp: "2026-01-05T09:00:00.000Z",
} as const;
const pending: Bubble = {
  kind: "message",
  key: "k",
  id: "",
  from: "Ann",
  text: "hi",
  time: "2026-01-05T08:59:59.000Z",
  delivery: "sending",
  late: false,
};
const mine = { id: "1", me: "Ann", late: false };

/** Returns what a thread shows, in short. */
function shown(thread: Thread): unknown[] {
  return thread.map((one) => {
    if (one.kind === "message") return [one.key, one.id, one.delivery, one.late];
    return one.kind === "gap" ? one.reason : one.run;
  });
}

describe("a message of one's own", () => {
  test("is one bubble, whether its event or the response of its request is first", () => {
    const sent = [["k", "1", "sent", false]];
    const eventFirst = withChange(withReceived(withPending([], pending), message, mine), "k", { id: "1" });
    expect(shown(eventFirst)).toEqual(sent);
    const responseFirst = withChange(withPending([], pending), "k", { id: "1", delivery: "sent" });
    expect(shown(withReceived(responseFirst, message, mine))).toEqual(sent);
  });

  test("that is repeated by another tab is a bubble of its own", () => {
    expect(shown(withReceived([], message, { ...mine, late: true }))).toEqual([["1", "1", "sent", false]]);
  });

  test("that failed may be sent again", () => {
    const failed = withChange(withPending([], pending), "k", { delivery: "failed" });
    expect(failedIn(failed).map(({ key }) => key)).toEqual(["k"]);
  });
});

test("a message that is there is not added again, and the past comes first", () => {
  const received = withReceived([], message, { id: "2", me: "Bob", late: true });
  expect(withReceived(received, message, { id: "2", me: "Bob", late: false })).toBe(received);
  const past = [
    { ...message, Id: "1" },
    { ...message, Id: "2" },
  ];
  expect(shown(withPast(received, past))).toEqual([
    ["1", "1", "sent", false],
    ["2", "2", "sent", true],
  ]);
});

test("an answer is added once, live and from the past", () => {
  const answer = { ...message, Type: "answer", Asker: "Ann", Run: "r" } as const;
  const live = withAnswer(withAnswer([], answer, "1"), answer, "1");
  expect(shown(withPast(live, [{ ...answer, Id: "1" }]))).toEqual(["r"]);
  expect(shown(withPast([], [{ ...answer, Id: "1" }]))).toEqual(["r"]);
});

test("the line of a gap stands before the messages that follow it", () => {
  const before = withReceived([], message, { id: "1", me: "Bob", late: false });
  const after = withReceived(withGap(before, "evicted", "g"), message, { id: "9", me: "Bob", late: true });
  expect(shown(after)).toEqual([["1", "1", "sent", false], "evicted", ["9", "9", "sent", true]]);
});

test("messages of others after the read mark are unread", () => {
  const thread = withReceived([], message, { id: "1", me: "Bob", late: false });
  expect(unreadIn(thread, "Bob", "")).toBe(1);
  expect(unreadIn(thread, "Bob", message.Timestamp)).toBe(0);
  expect(unreadIn(thread, "Ann", "")).toBe(0);
});

test.each<Place>([{ kind: "everyone" }, { kind: "room", name: "música" }, { kind: "direct", name: "A/B %" }])(
  "%o has a URL that leads back to it",
  (place) => {
    expect(placeOf(hashOf(place))).toEqual(place);
  },
);

test.each(["", "#/", "#/room/", "#/room/%", "#/other/x"])("%j names no conversation", (hash) => {
  expect(placeOf(hash)).toBeUndefined();
});

test("a direct message belongs to the conversation with the other person", () => {
  const direct = { ...message, Type: "direct", To: "Bob" } as const;
  expect(placeOfMessage(direct, "Ann")).toEqual({ kind: "direct", name: "Bob" });
  expect(placeOfMessage(direct, "Bob")).toEqual({ kind: "direct", name: "Ann" });
});

test("the key of a request is a UUID of version 7", () => {
  expect(requestKey(Date.UTC(2026, 0, 5))).toMatch(
    /^019b8b74-\w{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});
