import { expect, test } from "vitest";
import { hashOf, placeOf } from "../page/src/conversation.js";

test.each([
  { kind: "everyone" },
  { kind: "room", name: "caf\u00e9-2" },
  { kind: "direct", name: "a b/c" },
] as const)("the hash of %o names it", (place) => {
  expect(placeOf(hashOf(place))).toEqual(place);
});

test.each([
  "",
  "#/room/",
  "#/room/a%20b",
  "#/room/a,b",
  "#/room/General",
  "#/room/cafe%CC%81",
  `#/room/${"x".repeat(33)}`,
  "#/direct/%",
  "#/other/a",
])("%o names no conversation: the server would refuse a page that follows it", (hash) => {
  expect(placeOf(hash)).toBeUndefined();
});
