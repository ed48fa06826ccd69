import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { EventEncoderStream, EventParserStream, type ServerSentEvent } from "../src/index.js";

describe("EventEncoderStream", () => {
  test("turns events into the bytes of a stream, one chunk each", async () => {
    const encoder = new EventEncoderStream();
    const writer = encoder.writable.getWriter();
    const reader = encoder.readable.getReader();
    writer.write({ event: "a", data: "€" });
    writer.write({ comment: "c" });
    writer.close();
    const chunks: string[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      expect(next.value).toBeInstanceOf(Uint8Array);
      chunks.push(new TextDecoder().decode(next.value));
    }
    expect(chunks).toEqual(["event: a\ndata: €\n\n", ": c\n"]);
  });

  test("serializes as its option says", async () => {
    const encoder = new EventEncoderStream({ serialize: "json" });
    const writer = encoder.writable.getWriter();
    writer.write({ data: "x" });
    writer.close();
    expect(await new Response(encoder.readable).text()).toBe('data: "x"\n\n');
  });

  test("takes no event before the last has been read", async () => {
    const encoder = new EventEncoderStream();
    const writer = encoder.writable.getWriter();
    const reader = encoder.readable.getReader();
    const written: number[] = [];
    for (const n of [1, 2, 3]) writer.write({ data: n }).then(() => written.push(n));
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual([]);
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual([1]);
  });

  test("fails with the error of a bad event", async () => {
    const encoder = new EventEncoderStream();
    const writer = encoder.writable.getWriter();
    writer.write({ id: "\n" }).catch(() => {});
    writer.closed.catch(() => {});
    await expect(encoder.readable.getReader().read()).rejects.toMatchObject({
      code: "invalid-field",
      field: "id",
    });
  });

  test("is the other half of EventParserStream", async () => {
    const encoder = new EventEncoderStream();
    const writer = encoder.writable.getWriter();
    const reader = encoder.readable.pipeThrough(new EventParserStream()).getReader();
    writer.write({ event: "a", id: "1", data: { x: 1 } });
    const expected = { event: "a", id: "1", lastEventId: "1", data: '{"x":1}' };
    expect(await reader.read()).toEqual({ done: false, value: expected });
  });

  test("is a transform stream for the types", () => {
    expectTypeOf<EventEncoderStream>().toExtend<TransformStream<ServerSentEvent, Uint8Array>>();
    expect(new EventEncoderStream()).toMatchObject({
      readable: expect.any(ReadableStream),
      writable: expect.any(WritableStream),
    });
  });
});

test("a source that is piped through it stops when the client leaves, without an unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  onTestFinished(() => void process.off("unhandledRejection", unhandled));
  const cancel = vi.fn();
  const events = new ReadableStream<ServerSentEvent>({
    pull: (controller) => controller.enqueue({ data: "x" }),
    cancel,
  });
  const reader = events.pipeThrough(new EventEncoderStream()).getReader();
  await reader.read();
  await reader.cancel();
  await vi.waitFor(() => expect(cancel).toHaveBeenCalled(), { timeout: 100_000 });
  // Node emits the event after the microtasks.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
});
