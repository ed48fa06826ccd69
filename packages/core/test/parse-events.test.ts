import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { type ParsedEvent, parseEvents, type SseError } from "../src/index.js";
import { type Chunk, pieces, utf8 } from "./support/parse.js";

async function* chunksOf(...chunks: Chunk[]): AsyncGenerator<Chunk> {
  yield* chunks;
}

async function dataOf(events: AsyncIterable<ParsedEvent>): Promise<string[]> {
  const data: string[] = [];
  for await (const event of events) data.push(event.data);
  return data;
}

const stream = "id: 1\ndata: €\n\ndata: 2\n\ndata: unfinished\n";

describe("parseEvents", () => {
  test("yields the events of an async iterable, with all their fields", async () => {
    const events: ParsedEvent[] = [];
    for await (const event of parseEvents(chunksOf(stream))) events.push(event);
    expect(events).toEqual([
      { event: "message", data: "€", lastEventId: "1", id: "1" },
      { event: "message", data: "2", lastEventId: "1" },
    ]);
  });

  test.each<[string, () => Parameters<typeof parseEvents>[0]]>([
    ["single bytes", () => chunksOf(...pieces(utf8(stream), 1))],
    ["a Node stream of bytes", () => Readable.from(pieces(utf8(stream), 3))],
    ["a Node stream of text", () => Readable.from([stream]).setEncoding("utf8")],
    ["the body of a response", () => new Response(stream).body],
    [
      "a web stream that cannot be iterated, as in some browsers",
      () => {
        const body = new Response(stream).body as ReadableStream<Uint8Array>;
        return { getReader: () => body.getReader() } as ReadableStream<Uint8Array>;
      },
    ],
  ])("reads %s", async (_name, source) => {
    expect(await dataOf(parseEvents(source()))).toEqual(["€", "2"]);
  });

  test("tells retry, comments and what was too large, and begins with a last event id", async () => {
    const told: unknown[] = [];
    const events = parseEvents(chunksOf(": c\nretry: 5\n\n", `data: ${"x".repeat(50)}\n\n`, "data: 1\n\n"), {
      onRetry: (milliseconds) => told.push(milliseconds),
      onComment: (comment) => told.push(comment),
      onError: (error: SseError) => told.push(error.code),
      maxEventSize: 20,
      lastEventId: "7",
    });
    expect(await events.next()).toEqual({
      done: false,
      value: { event: "message", data: "1", lastEventId: "7" },
    });
    expect(told).toEqual(["c", 5, "too-large"]);
  });

  test("reads a chunk only when the events before it have been taken", async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<string> {
      for (;;) {
        read++;
        yield `data: ${read}\n\ndata: x\n\n`;
      }
    }
    const events = parseEvents(counted());
    expect(read).toBe(0);
    await events.next();
    await events.next();
    expect(read).toBe(1);
    await events.next();
    expect(read).toBe(2);
    await events.return();
  });

  test("stops an iterator when the loop is left", async () => {
    const finished = vi.fn();
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield "data: x\n\n";
      } finally {
        finished();
      }
    }
    for await (const _event of parseEvents(endless())) break;
    expect(finished).toHaveBeenCalledOnce();
  });

  test("cancels a web stream when the loop is left, also by an error", async () => {
    const cancel = vi.fn();
    const endless = (): ReadableStream<Chunk> =>
      new ReadableStream({ pull: (controller) => controller.enqueue("data: x\n\n"), cancel });
    for await (const _event of parseEvents(endless())) break;
    expect(cancel).toHaveBeenCalledTimes(1);
    const throwing = async (): Promise<void> => {
      for await (const _event of parseEvents(endless())) throw new Error("boom");
    };
    await expect(throwing()).rejects.toThrow("boom");
    expect(cancel).toHaveBeenCalledTimes(2);
  });

  test("leaves a stream unlocked and asks nothing of it after its end", async () => {
    const cancel = vi.fn();
    const source = new ReadableStream<Chunk>({ start: (controller) => controller.close(), cancel });
    expect(await dataOf(parseEvents(source))).toEqual([]);
    expect(source.locked).toBe(false);
    expect(cancel).not.toHaveBeenCalled();
  });

  test("has no events for a response without a body", async () => {
    expect(await dataOf(parseEvents(new Response(null).body))).toEqual([]);
  });

  test("throws the source's own error after the events before it", async () => {
    const boom = new Error("boom");
    async function* failing(): AsyncGenerator<string> {
      yield "data: 1\n\n";
      throw boom;
    }
    const events = parseEvents(failing());
    expect((await events.next()).value).toMatchObject({ data: "1" });
    await expect(events.next()).rejects.toBe(boom);
  });

  test("throws too-large after all events of that chunk, and stops the source", async () => {
    const cancel = vi.fn();
    const source = new ReadableStream<Chunk>({
      start: (controller) => controller.enqueue("data: 1\n\ndata: 12345\n\ndata: 2\n\n"),
      cancel,
    });
    const events = parseEvents(source, { maxEventSize: 10 });
    expect((await events.next()).value).toMatchObject({ data: "1" });
    expect((await events.next()).value).toMatchObject({ data: "2" });
    await expect(events.next()).rejects.toMatchObject({ code: "too-large" });
    expect(cancel).toHaveBeenCalledOnce();
  });

  test("reads fetch and http responses, and leaving the loop closes the connection", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("data: hello\n\n");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const left = (): Promise<unknown> =>
      once(server, "request").then(([, response]) => once(response, "close"));

    const fetchLeft = left();
    const { body } = await fetch(url);
    for await (const event of parseEvents(body)) {
      expect(event.data).toBe("hello");
      break;
    }
    await fetchLeft;

    const httpLeft = left();
    const [response] = (await once(get(url), "response")) as [IncomingMessage];
    for await (const event of parseEvents(response)) {
      expect(event.data).toBe("hello");
      break;
    }
    await httpLeft;

    server.closeAllConnections();
    await once(server.close(), "close");
  });

  test("yields parsed events, for the types too", () => {
    expectTypeOf(parseEvents).returns.toEqualTypeOf<AsyncGenerator<ParsedEvent, void, undefined>>();
    expectTypeOf<Response["body"]>().toExtend<Parameters<typeof parseEvents>[0]>();
    expectTypeOf<IncomingMessage>().toExtend<Parameters<typeof parseEvents>[0]>();
  });
});

describe("the source", () => {
  const wire = "data: one\n\ndata: two\n\n";
  const dataOf = async (source: Parameters<typeof parseEvents>[0]): Promise<string[]> => {
    const data: string[] = [];
    for await (const event of parseEvents(source)) data.push(event.data);
    return data;
  };

  test("may be the whole text, or a response", async () => {
    expect(await dataOf(wire)).toEqual(["one", "two"]);
    expect(await dataOf(new Response(wire))).toEqual(["one", "two"]);
    expect(await dataOf(new Response(null))).toEqual([]);
  });

  test.each([5, undefined, {}, { body: undefined }, { body: "x" }, [wire]])(
    "%j is refused by its type alone",
    async (source) => {
      const error = await dataOf(source as never).catch((error) => error);
      expect(error).toMatchObject({ code: "invalid-option", field: "source" });
      expect(error.message).not.toContain(wire);
    },
  );
});
