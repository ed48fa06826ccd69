import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { EventSource, type EventSourceErrorEvent } from "../../src/eventsource/index.js";

// Sockets and megabytes take their time on a busy machine.
/**
 * Servers that mean no good, over real sockets. What needs no socket is in `connection.test.ts` and
 * in the table of cases.
 */
const servers: Server[] = [];
const sources: EventSource[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/**
 * An EventSource on a server that does this with every connection, and when the first connection
 * closes.
 */
async function against(
  serve: (socket: Socket) => void,
): Promise<{ source: EventSource; closed: Promise<void> }> {
  let close = (): void => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("close", close);
    socket.once("data", () => serve(socket));
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const source = new EventSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  sources.push(source);
  return { source, closed };
}

function next<E extends Event>(source: EventSource, type: string): Promise<E> {
  return new Promise((resolve) =>
    source.addEventListener(type, (event: Event) => resolve(event as E), { once: true }),
  );
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

/** Writes a text again and again, as fast as it is taken. */
function flood(socket: Socket, text: string): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", write);
  write();
}

test("a redirect to itself is a network error", async () => {
  const { source } = await against((socket) =>
    socket.end("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
  );
  const { cause } = await next<EventSourceErrorEvent>(source, "error");
  expect(cause).toBeInstanceOf(TypeError);
  expect(source.readyState).toBe(EventSource.CONNECTING);
});

test("headers without end are a network error", async () => {
  const { source } = await against((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    flood(socket, `X-Y: ${"z".repeat(1000)}\r\n`);
  });
  await next(source, "error");
  expect(source.readyState).toBe(EventSource.CONNECTING);
});

test("what is no HTTP is a network error", async () => {
  const { source } = await against((socket) => socket.end("data: a\n\n"));
  await next(source, "error");
  expect(source.readyState).toBe(EventSource.CONNECTING);
});

test("a line without end fails the connection and closes the socket", async () => {
  const { source, closed } = await against((socket) => {
    socket.write(`${head}\r\ndata:`);
    flood(socket, "x".repeat(65536));
  });
  await next(source, "error");
  expect(source.readyState).toBe(EventSource.CLOSED);
  await closed;
});

test("close() closes the socket of a server that floods", async () => {
  const { source, closed } = await against((socket) => {
    socket.write(`${head}\r\n:`);
    flood(socket, "x".repeat(65536));
  });
  await next(source, "open");
  source.close();
  await closed;
  expect(source.readyState).toBe(EventSource.CLOSED);
});

test("a status that is refused closes the socket, though its body has no end", async () => {
  const { source, closed } = await against((socket) => {
    socket.write("HTTP/1.1 500 Oh\r\nContent-Type: text/event-stream\r\n\r\n");
    flood(socket, "data: a\n\n".repeat(10_000));
  });
  await next(source, "error");
  expect(source.readyState).toBe(EventSource.CLOSED);
  await closed;
});

test("a socket that is reset is a network error", async () => {
  const { source } = await against((socket) => {
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n`);
    socket.once("data", () => {});
    setImmediate(() => socket.resetAndDestroy());
  });
  await next(source, "error");
  expect(source.readyState).toBe(EventSource.CONNECTING);
});

test("a chunk size that is none is a network error, after the events before it", async () => {
  const { source } = await against((socket) =>
    socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\nzz\r\n`),
  );
  const seen: string[] = [];
  source.onmessage = ({ data }) => seen.push(data);
  await next(source, "error");
  expect([source.readyState, ...seen]).toEqual([EventSource.CONNECTING, "a"]);
});
