import { expect, expectTypeOf, test } from "vitest";
import { isSseError, refuse, SseError, type SseErrorCode } from "../src/index.js";

test("an error carries its code, what is at fault and its cause", () => {
  const cause = new Error("below");
  const error = new SseError("invalid-option", "say 5", { field: "size", cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "SseError",
    code: "invalid-option",
    message: "say 5",
    field: "size",
    cause,
  });
  expect(Object.keys(error)).not.toContain("cause");
  expect(Object.keys(new SseError("closed", "closed"))).toEqual(["name", "code"]);
  expect("cause" in new SseError("closed", "closed")).toBe(false);
  expectTypeOf(error.code).toEqualTypeOf<SseErrorCode>();
});

test("a refusal carries the answer", () => {
  const error = refuse(401, { headers: { "WWW-Authenticate": "Bearer" }, body: "log in first" });
  expect(error).toMatchObject({
    code: "refused",
    status: 401,
    headers: { "WWW-Authenticate": "Bearer" },
    body: "log in first",
  });
  const { status, headers, body } = refuse(204);
  expect([status, headers, body]).toEqual([204, undefined, undefined]);
});

test.each([200, 302, 399, 600, 404.5, Number.NaN])("%d is no refusal", (status) => {
  expect(() => refuse(status)).toThrow(expect.objectContaining({ code: "invalid-option", field: "status" }));
});

test("an error of another copy of the package is recognized, and nothing else is", () => {
  class Copy extends Error {
    override readonly name = "SseError";
    readonly code = "refused";
  }
  expect([new SseError("closed", "closed"), new Copy()].map(isSseError)).toEqual([true, true]);
  const others = [new Error("x"), Object.assign(new Error("x"), { code: "ENOENT" }), { name: "SseError" }];
  for (const other of [...others, null, undefined, "SseError", 5]) expect(isSseError(other)).toBe(false);
});

test.each<[string, object]>([
  ["headers", { headers: new Headers({ a: "b" }) }],
  ["headers", { headers: "a: b" }],
  ["body", { body: { error: 1 } }],
  ["header", { header: {} }],
])("a refusal whose %s would be lost is refused", (field, response) => {
  expect(() => refuse(401, response)).toThrow(expect.objectContaining({ code: "invalid-option", field }));
});
