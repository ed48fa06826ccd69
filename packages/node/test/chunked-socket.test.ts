import { once } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ResponseSink } from "../src/index.js";
import { http1, until } from "./support/server.js";

const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const one = Buffer.from("data: one\n\n");
const two = Buffer.from("data: two\n\n");

interface Opened {
  sink: ResponseSink;
  response: ServerResponse;
  /** Of all requests so far, that one's first. */
  responses: ServerResponse[];
  socket: Socket;
  /** Sends more requests on the connection. */
  client: Socket;
  /** All that was received after the head of the first response. */
  body(): string;
}

/** A sink that has sent its head with `one`, and a client that shows each byte. */
async function open(
  request = get,
  prepare: (response: ServerResponse) => void = () => {},
  options = {},
): Promise<Opened> {
  const responses: ServerResponse[] = [];
  const { port } = await http1((_request, response) => responses.push(response), options);
  const client = connect(port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  let text = "";
  client.on("data", (data: Buffer) => {
    text += data.toString("latin1");
  });
  client.write(request);
  await until(() => responses.length > 0);
  const response = responses[0]!;
  const socket = response.socket!;
  prepare(response);
  const sink = new ResponseSink(response);
  sink.write(one);
  await until(() => text.includes("one\n\n"));
  return { sink, response, responses, socket, client, body: () => text.slice(text.indexOf("\r\n\r\n") + 4) };
}

const chunk = (bytes: Buffer) => `${bytes.byteLength.toString(16)}\r\n${bytes}\r\n`;
const last = "0\r\n\r\n";

/** Returns what chunks contain, however the bytes are divided. */
function contentOf(chunks: string): string {
  let content = "";
  for (let at = 0; at < chunks.length; ) {
    const start = chunks.indexOf("\r\n", at) + 2;
    const end = start + Number.parseInt(chunks.slice(at, start), 16);
    content += chunks.slice(start, end);
    at = end + 2;
  }
  return content;
}

describe("a plain HTTP/1.1 response", () => {
  test("looks to the client as if it had written everything itself", async () => {
    const { sink, response, body } = await open();
    const write = vi.spyOn(response, "write");
    sink.write(two);
    sink.write(Buffer.alloc(0));
    sink.write(Buffer.alloc(300, "x"));
    sink.close();
    await sink.closed;
    await until(() => body().endsWith(last));
    expect(body()).toBe(chunk(one) + chunk(two) + chunk(Buffer.alloc(300, "x")) + last);
    expect(write).not.toHaveBeenCalled();
  });

  test("is sent the first write of a turn at once, and the others of that turn together", async () => {
    const { sink, socket, body } = await open();
    const [write, writev] = [vi.spyOn(socket, "_write"), vi.spyOn(socket, "_writev" as "_write")];
    const systemCalls = () => [write.mock.calls.length, writev.mock.calls.length];
    sink.write(two);
    expect(systemCalls()).toEqual([1, 0]);
    for (let i = 0; i < 9; i += 1) sink.write(two);
    expect(systemCalls()).toEqual([1, 0]);
    // The second turn has one write.
    await new Promise(setImmediate);
    sink.write(one);
    expect(systemCalls()).toEqual([2, 1]);
    const content = chunk(one) + chunk(two).repeat(10) + chunk(one);
    await until(() => body().length === content.length);
    expect(body()).toBe(content);
  });

  test("has room for many small writes of a turn: those that wait are sent before they fill it", async () => {
    const { sink, body } = await open();
    for (let i = 0; i < 500; i += 1) {
      expect(sink.room).toBeGreaterThan(0);
      sink.write(two);
    }
    const content = chunk(one) + chunk(two).repeat(500);
    await until(() => body().length === content.length);
    expect(body()).toBe(content);
  });

  test("is sent everything under fake timers, which nothing advances", async () => {
    const { sink, body } = await open();
    const { nextTick } = process;
    onTestFinished(() => {
      vi.useRealTimers();
      process.nextTick = nextTick;
    });
    vi.useFakeTimers();
    // As that of jest; vitest has none in a process of its own.
    process.nextTick = Object.assign(() => {}, { clock: {} });
    for (let i = 0; i < 3; i += 1) sink.write(two);
    await Promise.resolve();
    process.nextTick = nextTick;
    const large = Buffer.alloc(60_000, "x");
    for (let i = 0; i < 3; i += 1) {
      await sink.drain();
      sink.write(large);
    }
    const content = chunk(one) + chunk(two).repeat(3) + chunk(large).repeat(3);
    await vi.waitUntil(() => body().length === content.length, { timeout: 100_000 });
    expect(body()).toBe(content);
  });

  test("carries another response on its connection afterwards", async () => {
    const { sink, responses, client, body } = await open();
    sink.write(two);
    sink.close();
    await sink.closed;
    client.write(get);
    await until(() => responses.length === 2);
    responses[1]!.end("another");
    await until(() => body().endsWith("another"));
    expect(body().startsWith(`${chunk(one)}${chunk(two)}${last}HTTP/1.1 200 OK\r\n`)).toBe(true);
  });

  test("shares one chunk with others that are written the same array in this turn", async () => {
    const sinks = [await open(), await open()];
    const writes = sinks.map(({ socket }) => vi.spyOn(socket, "write"));
    for (const { sink } of sinks) sink.write(two);
    const [first, second] = writes.map((write) => write.mock.calls[0]?.[0]);
    expect(first).toBeInstanceOf(Buffer);
    expect(first).toBe(second);
  });

  test("keeps the order with what others write to it, also while it is corked", async () => {
    const { sink, response, body } = await open();
    response.write("a");
    sink.write(two);
    response.cork();
    sink.write(two);
    response.write("b");
    sink.write(two);
    response.uncork();
    sink.close();
    await until(() => body().endsWith(last));
    // From Node 22 on several corked writes are one chunk.
    expect(contentOf(body())).toBe([one, "a", two, two, "b", two].join(""));
  });

  test("is not written past once someone else has ended it, nor its connection", async () => {
    for (const end of [
      ({ response }: Opened) => void response.end(),
      ({ socket }: Opened) => void socket.end(),
    ]) {
      const opened = await open();
      const write = vi.spyOn(opened.socket, "write");
      end(opened);
      const written = write.mock.calls.length;
      opened.sink.write(two);
      expect(write).toHaveBeenCalledTimes(written);
      await opened.sink.closed;
    }
  });

  test("that others have filled drains when they have left", async () => {
    const { sink, socket, response, client } = await open();
    sink.write(two);
    client.pause();
    do {
      response.write(Buffer.alloc(100_000));
      await new Promise((resolve) => setImmediate(resolve));
    } while (sink.room > 0 || !socket.writableNeedDrain);
    const drained = sink.drain();
    client.resume();
    await drained;
    expect(sink.room).toBeGreaterThan(0);
  });
});

describe("the response writes by itself", () => {
  test("in HTTP/1.0, which knows no chunks", async () => {
    const { sink, client, body } = await open("GET / HTTP/1.0\r\n\r\n");
    sink.write(two);
    sink.close();
    await once(client, "close");
    expect(body()).toBe(`${one}${two}`);
  });

  test("without Transfer-Encoding, which an application may have removed", async () => {
    const { sink, client, body } = await open(get, (response) => response.removeHeader("transfer-encoding"));
    sink.write(two);
    sink.close();
    await once(client, "close");
    expect(body()).toBe(`${one}${two}`);
  });

  test("where its class or an object above it has another write", async () => {
    const seen: string[] = [];
    class Watched extends ServerResponse {
      override write(...args: unknown[]): boolean {
        seen.push(String(args[0]));
        return Reflect.apply(super.write, this, args);
      }
    }
    const { sink } = await open(get, () => {}, { IncomingMessage, ServerResponse: Watched });
    sink.write(two);
    expect(seen).toEqual([`${one}`, `${two}`]);
  });

  test("while it waits in a pipeline, and passes on what it held first", async () => {
    const responses: ServerResponse[] = [];
    const { port } = await http1((_request, response) => responses.push(response));
    const client = connect(port, "127.0.0.1");
    onTestFinished(() => void client.destroy());
    let text = "";
    client.on("data", (data: Buffer) => {
      text += data.toString();
    });
    client.write(get + get);
    await until(() => responses.length === 2);
    const sink = new ResponseSink(responses[1]!);
    sink.write(one);
    sink.write(two);
    expect(text).toBe("");
    responses[0]!.end("first");
    sink.write(one);
    await until(() => text.includes("two"));
    sink.write(two);
    sink.close();
    await until(() => text.endsWith(last));
    expect(text.slice(text.lastIndexOf("\r\n\r\n", text.indexOf("data:")) + 4)).toBe(
      [one, two, one, two].map(chunk).join("") + last,
    );
  });
});

test.each([
  ["text", ""],
  ["bytes", new Uint8Array()],
])(
  "an empty write of %s behind a large one writes no chunk, which would end the response",
  async (_what, empty) => {
    const { sink, body } = await open();
    const large = Buffer.alloc(200_000, "x");
    sink.write(large);
    sink.write(empty);
    sink.write(two);
    sink.close();
    await sink.closed;
    await until(() => body().endsWith(`${two}\r\n${last}`));
    expect(contentOf(body())).toBe(`${one}${large}${two}`);
    expect(body().indexOf(last)).toBe(body().length - last.length);
  },
);
