import { describe, expect, test, vi } from "vitest";
import { collect, createScriptedServer } from "../src/index.js";

const stream = "id: 1\ndata: a\n\nevent: sse:live\ndata: {}\n\nevent: n\ndata: b\n\n";

/** Bytes that never end. */
async function* endless(text: string): AsyncGenerator<string> {
  yield text;
  await new Promise(() => {});
}

describe("collect", () => {
  test("resolves to the first events, and leaves the stream", async () => {
    const server = createScriptedServer();
    const response = await server.fetch("http://localhost/");
    server.send({ event: "n", data: "1" });
    server.send({ event: "n", data: { two: 2 } });
    server.send({ event: "n", data: "3" });
    const events = await collect(response, 2);
    expect(events.map(({ event, data, id }) => [event, data, id])).toEqual([
      ["n", "1", "1-1"],
      ["n", '{"two":2}', "1-2"],
    ]);
    await expect.poll(() => server.connections).toBe(0);
  });

  test("counts the hub's own events only on request", async () => {
    expect((await collect(stream, 2)).map(({ data }) => data)).toEqual(["a", "b"]);
    const all = await collect(stream, 3, { controlEvents: true });
    expect(all.map(({ event }) => event)).toEqual(["message", "sse:live", "n"]);
  });

  test("rejects with what it has when the stream ends before", async () => {
    await expect(collect(stream, 3)).rejects.toMatchObject({
      code: "ended",
      message: expect.stringContaining('after 2 of 3 events: [{"event":"message"'),
    });
  });

  test("rejects with what it has when the timeout is over", async () => {
    await expect(collect(endless("data: a\n\n"), 2, { timeout: 20 })).rejects.toMatchObject({
      code: "idle",
      message: expect.stringContaining("after 1 of 2 events"),
    });
  });

  test("rejects with the body of a response that is no event stream", async () => {
    const page = new Response("who are you?", { status: 401 });
    await expect(collect(page, 1)).rejects.toMatchObject({
      code: "bad-response",
      status: 401,
      body: "who are you?",
    });
  });

  test("rejects with the beginning of a response that is no event stream and does not end", async () => {
    const left = vi.fn();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
      cancel: left,
    });
    const response = new Response(body, { headers: { "content-type": "text/plain" } });
    await expect(collect(response, 1)).rejects.toMatchObject({ code: "bad-response", body: "data: a\n\n" });
    await vi.waitFor(() => expect(left).toHaveBeenCalledOnce(), { timeout: 100_000 });
    const silent = new Response(new ReadableStream(), { status: 500 });
    await expect(collect(silent, 1, { timeout: 20 })).rejects.toMatchObject({ code: "idle" });
    await expect(collect(new Response(null, { status: 500 }), 1)).rejects.toMatchObject({
      code: "bad-response",
      body: "",
    });
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses to wait for %s events", async (count) => {
    await expect(collect(stream, count)).rejects.toMatchObject({ code: "invalid-option", field: "count" });
  });

  test("refuses an unknown option", async () => {
    await expect(collect(stream, 1, { timout: 1 } as object)).rejects.toMatchObject({
      code: "invalid-option",
    });
  });
});
