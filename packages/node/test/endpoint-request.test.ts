import { PassThrough, Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { createHub } from "@sse/hub";
import { preparePublishEndpoint } from "@sse/hub/adapter";
import { describe, expect, it } from "vitest";
import { endpointRequest } from "../src/adapter.js";
import type { NodeRequest } from "../src/index.js";

/** A request with what a server reads from it. */
function requestOf(
  chunks: Iterable<Uint8Array>,
  headers: Record<string, string | string[]> = {},
): NodeRequest & Readable {
  const readable = Readable.from(chunks, { objectMode: false });
  return Object.assign(readable, { method: "POST", headers }) as unknown as NodeRequest & Readable;
}

const text = '{"events":[{"data":"süß 😀"}]}';
const bytes = new TextEncoder().encode(text);

describe("the body of a request", () => {
  it("is what was sent, wherever it was split", async () => {
    for (let split = 0; split <= bytes.length; split++) {
      const request = requestOf([bytes.subarray(0, split), bytes.subarray(split)]);
      expect(await endpointRequest(request).body(1_000)).toEqual(bytes);
    }
  });

  it("may have as many bytes as are taken, and not one more", async () => {
    expect(await endpointRequest(requestOf([bytes])).body(bytes.length)).toEqual(bytes);
    const tooMany = endpointRequest(requestOf([bytes])).body(bytes.length - 1);
    await expect(tooMany).rejects.toMatchObject({ code: "too-large" });
  });

  it("is held in as many bytes as it has, in however small chunks it is sent", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const before = process.memoryUsage().arrayBuffers;
    const request = new PassThrough();
    const body = endpointRequest(Object.assign(request, { method: "POST", headers: {} }) as never).body(
      100_000,
    );
    // As a server reads them: each chunk is a view on a buffer of its own, 82 MB in all.
    for (let count = 0; count < 20_000; count++) request.write(Buffer.alloc(4_096, "x").subarray(0, 1));
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
    request.end();
    expect(Buffer.from((await body) as Uint8Array).toString()).toBe("x".repeat(20_000));
  });

  it("is not read when it announces too much", async () => {
    const request = requestOf([bytes], { "content-length": "1001" });
    await expect(endpointRequest(request).body(1_000)).rejects.toMatchObject({ code: "too-large" });
    expect(request.readableFlowing).toBeNull();
  });

  it("is read to its end when it is too large, so that the connection can serve on", async () => {
    const request = requestOf(Array.from({ length: 100 }, () => Buffer.alloc(1_000)));
    await expect(endpointRequest(request).body(1_500)).rejects.toMatchObject({ code: "too-large" });
    await new Promise((resolve) => request.once("close", resolve));
    expect(request.readableEnded).toBe(true);
  });

  it.each([
    ["leaves", undefined],
    ["breaks its connection", new Error("ECONNRESET")],
  ])("is missing when the client %s in the middle", async (_, error) => {
    const request = requestOf([bytes]);
    const body = endpointRequest(request).body(1_000);
    request.destroy(error);
    await expect(body).rejects.toMatchObject({ code: "closed" });
  });

  it("is missing when the client has left before it was asked for", async () => {
    const request = requestOf([bytes]);
    request.destroy();
    await expect(endpointRequest(request).body(1_000)).rejects.toMatchObject({ code: "closed" });
  });

  it("cannot be had when something else has read it, and says what to do", async () => {
    const request = requestOf([bytes]);
    for await (const _ of request);
    const body = endpointRequest(request).body(1_000);
    await expect(body).rejects.toMatchObject({
      code: "handler-failed",
      message: expect.stringContaining("in front"),
    });
  });

  it.each<[string, unknown, unknown]>([
    ["a value", { events: [] }, { events: [] }],
    ["null", null, null],
    ["text", text, text],
    ["bytes, which are text by now", bytes, text],
  ])("is what a parser has made of it: %s", async (_, parsed, expected) => {
    expect(await endpointRequest(requestOf([]), parsed).body(1_000)).toEqual(expected);
  });

  it("is bounded by what it announces, also where a parser has read it", async () => {
    const request = requestOf([], { "content-length": "1001" });
    await expect(endpointRequest(request, {}).body(1_000)).rejects.toMatchObject({ code: "too-large" });
  });
});

describe("a compressed body", () => {
  const hub = createHub();
  const serve = preparePublishEndpoint<null>(hub, { authorize: () => true });
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };

  it("is refused as it comes", async () => {
    const { status, headers: answered } = await serve(
      endpointRequest(requestOf([gzipSync(text)], headers)),
      null,
    );
    expect({ status, accepts: answered["accept-encoding"] }).toEqual({ status: 415, accepts: "identity" });
  });

  it.each([
    ["a value", JSON.parse(text)],
    ["bytes", bytes],
  ])("is taken where a parser has decompressed it to %s", async (_, parsed) => {
    const { status } = await serve(endpointRequest(requestOf([], headers), parsed), null);
    expect(status).toBe(200);
  });
});

describe("a header", () => {
  it("is found by its name in lower case, and only its first value counts", () => {
    const { header } = endpointRequest(requestOf([], { "content-type": "a", "x-list": ["b", "c"] }));
    expect([header("content-type"), header("x-list"), header("x-none")]).toEqual(["a", "b", undefined]);
  });
});
