import type { IncomingHttpHeaders } from "node:http";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { acceptsEventStream, eventStreamHeaders, getLastEventId, type RequestHeaders } from "../src/index.js";

test("the headers of a stream keep proxies, compression and caches away, and cannot be changed", () => {
  expect(eventStreamHeaders).toStrictEqual({
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-store, no-transform",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
  });
  expect(Object.isFrozen(eventStreamHeaders)).toBe(true);
  expect(new Headers(eventStreamHeaders).get("content-type")).toBe("text/event-stream");
});

test("a URL of another realm is read", () => {
  const { href } = new URL("https://example.org/?lastEventId=7");
  expect(getLastEventId(new Headers(), { href } as URL)).toBe("7");
});

describe("acceptsEventStream", () => {
  test("refuses what is no header value", () => {
    expect(() => acceptsEventStream(5 as never)).toThrow(
      expect.objectContaining({ code: "invalid-option", field: "accept" }),
    );
  });

  // Counted in work, not in time: with a quadratic splitter the first took 250 ms for one request.
  test.each(['"' + '\\"'.repeat(7_500), ",".repeat(16_000), '",'.repeat(8_000), ";q=".repeat(5_000)])(
    "reads no more of a header than its maximum, however long that is",
    (accept) => {
      expect(acceptsEventStream(`${accept}, text/event-stream`)).toBe(false);
      expect(acceptsEventStream(`text/event-stream, ${accept}`)).toBe(true);
    },
  );

  test.each([
    undefined,
    null,
    "",
    "  ",
    "*/*",
    "text/*",
    "text/event-stream",
    "TEXT/Event-Stream",
    "application/json, text/event-stream",
    "application/json,*/*;q=0.1",
    "text/event-stream;q=0.001",
    "text/event-stream; charset=utf-8",
    "text/event-stream ; Q=1.000",
    "*/*;q=0, text/event-stream",
    "text/*;q=0, text/event-stream;q=0.5",
    "text/event-stream, */*;q=0",
    "text/event-stream;q=0, text/event-stream;charset=utf-8",
    "text/event-stream;charset=utf-8, text/event-stream;q=0",
    'text/html;a="b,c;q=0", text/event-stream',
    "text/html, *; q=.2",
    ["application/json", "text/event-stream"],
    [],
  ])("%j accepts an event stream", (accept) => {
    expect(acceptsEventStream(accept)).toBe(true);
  });

  test.each([
    "application/json",
    "text/html, application/xhtml+xml",
    "text/event-stream;q=0",
    "text/event-stream;q=0.000",
    "text/event-stream; charset=utf-8; q=0",
    "text/event-stream;q=0, */*",
    "text/event-stream;q=0, text/*",
    "text/*;q=0, */*",
    "*/*;q=0",
    "*/*; q=0.0",
    "text/event-streams",
    "application/*",
    'text/html;a="text/event-stream,*/*"',
    "nonsense",
    ["application/json", "text/html"],
  ])("%j excludes an event stream", (accept) => {
    expect(acceptsEventStream(accept)).toBe(false);
  });

  test("any header gets an answer", () => {
    const part = fc.constantFrom(
      "text/event-stream",
      "*/*",
      "text/*",
      ";",
      "q=",
      "0",
      "1",
      ",",
      '"',
      "\\",
      " ",
      "a/b",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 20 }).map((parts) => parts.join("")),
        ),
        (accept) => {
          expect(typeof acceptsEventStream(accept)).toBe("boolean");
        },
      ),
    );
  });
});

/** Returns a header that was sent as UTF-8 as `node:http` decodes it. */
function asLatin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

describe("getLastEventId", () => {
  test("reads the header from Headers and from a record, whatever its case", () => {
    expect(getLastEventId(new Headers({ "Last-Event-ID": "7" }))).toBe("7");
    expect(getLastEventId({ "last-event-id": "7" })).toBe("7");
    expect(getLastEventId({ "Last-Event-ID": "7" })).toBe("7");
    expect(getLastEventId({ "last-event-id": ["7", "8"] })).toBe("7");
  });

  test("is empty when the client showed none", () => {
    expect(getLastEventId({})).toBe("");
    expect(getLastEventId(new Headers(), "/price?symbols=AAPL")).toBe("");
    expect(getLastEventId({ "last-event-id": undefined }, new URL("http://x/"))).toBe("");
    expect(getLastEventId({ "last-event-id": [] })).toBe("");
  });

  test("falls back to the query parameter that polyfills send, decoded", () => {
    expect(getLastEventId({}, "/price?symbols=A&lastEventId=a%2Fb+c")).toBe("a/b c");
    expect(getLastEventId({}, "http://x/price?lastEventId=%E2%82%AC#lastEventId=no")).toBe("€");
    expect(getLastEventId({}, new URL("http://x/?lastEventId=7"))).toBe("7");
    expect(getLastEventId({ "last-event-id": "" }, "?lastEventId=7")).toBe("7");
    expect(getLastEventId({}, "/#?lastEventId=7")).toBe("");
  });

  test("prefers the header to the query parameter", () => {
    expect(getLastEventId({ "last-event-id": "new" }, "/?lastEventId=old")).toBe("new");
  });

  test("decodes the UTF-8 that browsers send from the Latin-1 that servers pass on", () => {
    expect(getLastEventId({ "last-event-id": asLatin1("… € 😀") })).toBe("… € 😀");
    expect(getLastEventId(new Headers({ "Last-Event-ID": asLatin1("\uFEFFé") }))).toBe("\uFEFFé");
  });

  test("leaves what is no UTF-8, and what a runtime has decoded already", () => {
    expect(getLastEventId({ "last-event-id": "caf\u00e9" })).toBe("café");
    expect(getLastEventId({ "last-event-id": "€" })).toBe("€");
    expect(getLastEventId({ "last-event-id": "\u01c3\u01a9" })).toBe("\u01c3\u01a9");
  });

  test("every id comes back as it was sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (id) => {
        expect(getLastEventId({ "last-event-id": asLatin1(id) })).toBe(id);
        expect(getLastEventId({}, `/?lastEventId=${encodeURIComponent(id)}`)).toBe(id);
      }),
    );
  });

  test("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.string(), (value, url, text) => {
        const headers = { "last-event-id": value } as RequestHeaders;
        expect(typeof getLastEventId(headers, url as string)).toBe("string");
        expect(typeof getLastEventId({}, text)).toBe("string");
        expect(typeof getLastEventId(value as RequestHeaders, `/?lastEventId=%${text}`)).toBe("string");
      }),
    );
  });

  test("takes the headers of Node and of fetch", () => {
    expectTypeOf<IncomingHttpHeaders>().toExtend<RequestHeaders>();
    expectTypeOf<Headers>().toExtend<RequestHeaders>();
    expectTypeOf(getLastEventId).returns.toEqualTypeOf<string>();
  });
});
