import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { endpointRequest } from "../src/endpoint-request.js";

const bytes = new TextEncoder().encode('{"events":[{"data":"süß 😀"}]}');

/** A request whose body arrives in these chunks. */
function requestOf(
  chunks: readonly Uint8Array[],
  { headers = {}, onRead = () => {} }: { headers?: Record<string, string>; onRead?: () => void } = {},
): Request {
  const waiting = [...chunks];
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        onRead();
        const chunk = waiting.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  return new Request("http://localhost/", { method: "POST", headers, body, duplex: "half" } as RequestInit);
}

describe("the body of a request", () => {
  test("is what was sent, wherever it was split", async () => {
    for (let split = 1; split < bytes.length; split++) {
      const request = requestOf([bytes.subarray(0, split), bytes.subarray(split)]);
      expect(await endpointRequest(request).body(1_000)).toEqual(bytes);
    }
  });

  test("is empty when there is none", async () => {
    const request = new Request("http://localhost/", { method: "POST" });
    expect(await endpointRequest(request).body(1_000)).toEqual(new Uint8Array());
  });

  test("may have as many bytes as are taken, and not one more", async () => {
    expect(await endpointRequest(requestOf([bytes])).body(bytes.length)).toEqual(bytes);
    const tooMany = endpointRequest(requestOf([bytes])).body(bytes.length - 1);
    await expect(tooMany).rejects.toMatchObject({ code: "too-large" });
  });

  test("is held in as many bytes as it has, in however small chunks it is sent", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const before = process.memoryUsage().arrayBuffers;
    let sent = 0;
    let held = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      if (sent++ < 20_000) controller.enqueue(new Uint8Array(4_096).fill(120).subarray(0, 1));
      else {
        collect();
        held = process.memoryUsage().arrayBuffers - before;
        controller.close();
      }
    };
    // As a server reads them: each chunk is a view on a buffer of its own, 82 MB in all.
    const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    const request = new Request("http://localhost/", { method: "POST", body, duplex: "half" } as RequestInit);
    const read = await endpointRequest(request).body(100_000);
    expect(held).toBeLessThan(40_000_000);
    expect(read).toEqual(new Uint8Array(20_000).fill(120));
  });

  test("is not read when it announces too much", async () => {
    let reads = 0;
    const request = requestOf([bytes], { headers: { "content-length": "1001" }, onRead: () => reads++ });
    await expect(endpointRequest(request).body(1_000)).rejects.toMatchObject({ code: "too-large" });
    expect(reads).toBe(0);
  });

  test("is read to its end when it is too large, because a canceled one resets the connection", async () => {
    let reads = 0;
    const chunks = Array.from({ length: 100 }, () => new Uint8Array(1_000));
    const request = requestOf(chunks, { onRead: () => reads++ });
    await expect(endpointRequest(request).body(1_500)).rejects.toMatchObject({ code: "too-large" });
    while (reads < 101) await new Promise((resolve) => setImmediate(resolve));
  });

  test("is missing when the client leaves in the middle", async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error("ECONNRESET")),
    });
    const request = new Request("http://localhost/", { method: "POST", body, duplex: "half" } as RequestInit);
    await expect(endpointRequest(request).body(1_000)).rejects.toMatchObject({ code: "closed" });
  });

  test("that was read before is an error with the way out", async () => {
    const request = requestOf([bytes]);
    await request.text();
    const body = endpointRequest(request).body(1_000);
    await expect(body).rejects.toMatchObject({ code: "handler-failed", message: /in front/ });
  });
});
