import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EventSource } from "eventsource";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeEvent, eventStreamHeaders, type ServerSentEvent, SseError } from "../src/index.js";
import { cuts, parse, pieces, splits, utf8 } from "./support/parse.js";
import { interpret, type Meaning } from "./support/spec-parser.js";

/** Text that would like to be something else on the wire. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\r",
        "\n",
        "\r\n",
        "\0",
        " ",
        ":",
        "\uFEFF",
        "\u2028",
        "\u0085",
        "data: x",
        "id: 1",
        "event: e",
        "retry: 1",
        "\n\n",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

const inOneLine = hostile.map((text) => text.replace(/[\r\n\0]/g, ""));

function events(field: fc.Arbitrary<string>): fc.Arbitrary<ServerSentEvent> {
  const fields = { comment: hostile, event: field, id: field, retry: fc.nat(), data: hostile };
  return fc.record(fields, { requiredKeys: [] }).filter((event) => Object.keys(event).length > 0);
}

/** Returns the meaning that a stream of these events must have, without looking at the wire. */
function meaningsOf(sent: readonly ServerSentEvent[]): Meaning[] {
  let lastEventId = "";
  return sent.flatMap(({ comment, event, id, retry, data }) => {
    lastEventId = id ?? lastEventId;
    const meanings: Meaning[] = [];
    if (comment !== undefined)
      meanings.push(...linesOf(comment).map((text): Meaning => ({ kind: "comment", text })));
    if (retry !== undefined) meanings.push({ kind: "retry", milliseconds: retry });
    if (data !== undefined || event !== undefined) {
      meanings.push({
        kind: "event",
        event: event || "message",
        data: linesOf((data ?? "") as string).join("\n"),
        lastEventId,
        ...(id === undefined ? {} : { id }),
      });
    }
    return meanings;
  });
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

function encodeAll(sent: readonly ServerSentEvent[]): string {
  return sent.map((event) => encodeEvent(event)).join("");
}

describe("what is encoded is what is parsed", () => {
  const sent: ServerSentEvent[] = [
    { comment: "hello\nthere", event: "präis", id: "ü1", retry: 5, data: "a\r\n\r\n😀\r" },
    { data: "" },
    { id: "" },
    { event: "message", data: "\n" },
    { id: "2", data: " : \0\uFEFF" },
    { data: { json: "x\ny" } },
  ];
  const stream = encodeAll(sent);
  const expected = meaningsOf([...sent.slice(0, -1), { data: '{"json":"x\\ny"}' }]);

  test("whole", () => {
    expect(parse([stream]).meanings).toEqual(expected);
  });

  test("unit by unit and byte by byte", () => {
    expect(parse(pieces(stream, 1)).meanings).toEqual(expected);
    expect(parse(pieces(utf8(stream), 1)).meanings).toEqual(expected);
  });

  test("split at every index", () => {
    for (const split of splits(stream)) expect(parse(split).meanings).toEqual(expected);
    for (const split of splits(utf8(stream))) expect(parse(split).meanings).toEqual(expected);
  });

  test("for any events, cut anywhere", () => {
    fc.assert(
      fc.property(
        fc
          .array(events(inOneLine), { maxLength: 6 })
          .chain((some) => fc.tuple(fc.constant(some), cuts(utf8(encodeAll(some))))),
        ([some, chunks]) => {
          expect(parse(chunks).meanings).toEqual(meaningsOf(some));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("no input forges a field or an event", () => {
  /**
   * The events that can be sent; an event that cannot must be refused for a field that is at fault.
   */
  function sendable(some: readonly ServerSentEvent[]): ServerSentEvent[] {
    return some.filter((event) => {
      try {
        encodeEvent(event);
        return true;
      } catch (error) {
        if (!(error instanceof SseError)) throw error;
        expect(error.code).toBe("invalid-field");
        expect(event[error.field as "event" | "id"]).toMatch(/[\r\n\0]/);
        return false;
      }
    });
  }

  const hostileEvents = fc.array(events(hostile), { maxLength: 6 }).map(sendable);

  test("for a parser that was written from the specification", () => {
    fc.assert(
      fc.property(hostileEvents, (sent) => {
        expect(interpret(encodeAll(sent)).meanings).toEqual(meaningsOf(sent));
      }),
      { numRuns: 2000 },
    );
  });

  test("for eventsource-parser", () => {
    fc.assert(
      fc.property(hostileEvents, (sent) => {
        const parsed: EventSourceMessage[] = [];
        createParser({ onEvent: (event) => parsed.push(event) }).feed(encodeAll(sent));
        const expected = meaningsOf(sent).filter((meaning) => meaning.kind === "event");
        expect(parsed.map(({ event = "message", data, id }) => ({ event, data, id }))).toEqual(
          expected.map(({ event, data, id }) => ({ event, data, id })),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test("for a browser-grade client over HTTP", async () => {
    const sent = fc.sample(hostileEvents, 300).flat();
    const bytes = utf8(encodeAll([...sent, { event: "the end", data: "" }]));
    const chunks = fc.sample(cuts(bytes), 1).flat();
    const expected = meaningsOf(sent).filter((meaning) => meaning.kind === "event");
    expect(expected.length).toBeGreaterThan(100);
    const names = new Set(expected.map(({ event }) => event));
    expect(await receive(chunks, names)).toEqual(
      expected.map(({ event, data, id = "" }) => ({ event, data, id })),
    );
  });
});

/**
 * Serves the chunks to an `EventSource`, and returns what it dispatches before the event `the end`.
 */
async function receive(chunks: Uint8Array[], names: Set<string>): Promise<object[]> {
  const server = createServer((_request, response) => {
    response.writeHead(200, eventStreamHeaders);
    for (const chunk of chunks) response.write(chunk);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const source = new EventSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const dispatched: object[] = [];
  for (const name of names) {
    source.addEventListener(name, ({ type, data, lastEventId }) =>
      dispatched.push({ event: type, data, id: lastEventId }),
    );
  }
  await new Promise((resolve, reject) => {
    source.addEventListener("the end", resolve);
    source.addEventListener("error", (event) => reject(new Error(`EventSource failed: ${event.message}`)));
  });
  source.close();
  server.closeAllConnections();
  await once(server.close(), "close");
  return dispatched;
}
