import { describe, expect, expectTypeOf, test } from "vitest";
import { EventParserStream, type ParsedEvent, type SseError } from "../src/index.js";
import { type Chunk, pieces, utf8 } from "./support/parse.js";

/** A web stream of chunks that counts how many were taken. */
function chunkStream(chunks: Iterable<Chunk>): { readable: ReadableStream<Chunk>; taken: () => number } {
  const iterator = chunks[Symbol.iterator]();
  let taken = 0;
  const readable = new ReadableStream<Chunk>(
    {
      pull(controller) {
        const { done, value } = iterator.next();
        if (done) return controller.close();
        taken++;
        controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  return { readable, taken: () => taken };
}

async function readAll<T>(stream: ReadableStream<T>): Promise<T[]> {
  const values: T[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) values.push(next.value);
  return values;
}

const stream = "retry: 5\nid: 1\ndata: €\n\n: c\ndata: 2\n\ndata: unfinished";
const events: ParsedEvent[] = [
  { event: "message", data: "€", lastEventId: "1", id: "1" },
  { event: "message", data: "2", lastEventId: "1" },
];

describe("EventParserStream", () => {
  test.each<[string, Chunk[]]>([
    ["text", [stream]],
    ["single bytes", [...pieces(utf8(stream), 1)]],
    ["a mixture", [stream.slice(0, 20), utf8(stream.slice(20))]],
  ])("turns %s into events", async (_name, chunks) => {
    const parsed = chunkStream(chunks).readable.pipeThrough(new EventParserStream());
    expect(await readAll(parsed)).toEqual(events);
  });

  test("reads the body of a response", async () => {
    const { body } = new Response(stream);
    expect(await readAll((body as ReadableStream<Uint8Array>).pipeThrough(new EventParserStream()))).toEqual(
      events,
    );
  });

  test("tells retry and comments, and shows the last event id", async () => {
    const told: unknown[] = [];
    const parser = new EventParserStream({
      onRetry: (milliseconds) => told.push(milliseconds),
      onComment: (comment) => told.push(comment),
      lastEventId: "0",
    });
    expect(parser.lastEventId).toBe("0");
    await readAll(chunkStream([stream]).readable.pipeThrough(parser));
    expect(told).toEqual([5, "c"]);
    expect(parser.lastEventId).toBe("1");
  });

  test("takes no chunk before the events of the last have been read", async () => {
    const { readable, taken } = chunkStream(
      Array.from({ length: 100 }, (_, n) => `data: ${n}\n\ndata: x\n\n`),
    );
    const reader = readable.pipeThrough(new EventParserStream()).getReader();
    for (let read = 1; read <= 10; read++) {
      await reader.read();
      expect(taken()).toBeLessThanOrEqual(Math.ceil(read / 2) + 2);
    }
  });

  test("fails with an event that is too large", async () => {
    const parser = new EventParserStream({ maxEventSize: 10 });
    const parsed = chunkStream(["data: 12345\n\ndata: 1\n\n"]).readable.pipeThrough(parser);
    await expect(readAll(parsed)).rejects.toMatchObject({ name: "SseError", code: "too-large" });
  });

  test("goes on with the next event when onError takes the error", async () => {
    const errors: SseError[] = [];
    const parser = new EventParserStream({ maxEventSize: 10, onError: (error) => errors.push(error) });
    const parsed = chunkStream(["data: 12345\n\ndata: 1\n\n"]).readable.pipeThrough(parser);
    expect(await readAll(parsed)).toEqual([{ event: "message", data: "1", lastEventId: "" }]);
    expect(errors).toEqual([expect.objectContaining({ code: "too-large" })]);
  });

  test("fails with what a callback throws", async () => {
    const boom = new Error("boom");
    const parser = new EventParserStream({
      onRetry: () => {
        throw boom;
      },
    });
    await expect(readAll(chunkStream([stream]).readable.pipeThrough(parser))).rejects.toBe(boom);
  });

  test("passes a source's failure on, and a reader's leaving back", async () => {
    const boom = new Error("boom");
    const failing = new ReadableStream<Chunk>({ start: (controller) => controller.error(boom) });
    await expect(readAll(failing.pipeThrough(new EventParserStream()))).rejects.toBe(boom);

    const canceled = new Promise((cancel) => {
      const endless = new ReadableStream<Chunk>({
        pull: (controller) => controller.enqueue("data: x\n\n"),
        cancel,
      });
      void endless.pipeThrough(new EventParserStream()).cancel("enough");
    });
    expect(await canceled).toBe("enough");
  });

  test("is a transform stream for the types", () => {
    expectTypeOf<EventParserStream>().toExtend<TransformStream<Uint8Array | string, ParsedEvent>>();
    expect(new EventParserStream()).toMatchObject({
      readable: expect.any(ReadableStream),
      writable: expect.any(WritableStream),
    });
  });
});
