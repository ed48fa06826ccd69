import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type NodeResponse,
  ResponseSink,
  type ResponseSinkListener,
  type ResponseSinkOptions,
} from "../src/index.js";
import {
  arrives,
  ask,
  http1,
  keepAliveAgent,
  listenersOf,
  responseTo,
  textOf,
  until,
} from "./support/server.js";

const hello = Buffer.from("data: hello\n\n");

/** A sink over a response of a real server, and the client's side of it. */
async function open(
  { onStart, onError, ...options }: ResponseSinkOptions & ResponseSinkListener = {},
  prepare: (response: ServerResponse) => void = () => {},
): Promise<{
  sink: ResponseSink;
  over: boolean;
  response: ServerResponse;
  outgoing: ReturnType<typeof ask>;
}> {
  let take: (opened: [ResponseSink, boolean, ServerResponse]) => void;
  const taken = new Promise<[ResponseSink, boolean, ServerResponse]>((resolve) => {
    take = resolve;
  });
  const { port } = await http1((_request, response) => {
    prepare(response);
    const sink = new ResponseSink(response, options, { onStart, onError } as ResponseSinkListener);
    take([sink, sink.over, response]);
  });
  const outgoing = ask(port);
  const [sink, over, response] = await taken;
  return { sink, over, response, outgoing };
}

describe("a response that is not ours alone", () => {
  test.each([
    ["was ended", (response: ServerResponse) => void response.end("over")],
    ["was destroyed", (response: ServerResponse) => void response.destroy()],
    ["has lost its connection", (response: ServerResponse) => void response.socket?.destroy()],
  ])(
    "%s before the sink was made: the sink is closed at once, and takes what comes",
    async (_what, finish) => {
      const { sink, over } = await open({}, finish);
      expect(over).toBe(true);
      await sink.closed;
      sink.write(hello);
      sink.close();
      sink.destroy();
    },
  );

  test("has closed before the sink was made: the sink is closed", async () => {
    let closed: Promise<void> | undefined;
    const { port } = await http1((_request, response) => {
      response.on("close", () => {
        closed = new ResponseSink(response).closed;
      });
      response.end();
    });
    await textOf(await responseTo(ask(port)));
    await until(() => closed !== undefined);
    await closed;
  });

  test("is ended by someone else: the sink has closed, without an error", async () => {
    const onError = vi.fn();
    const { sink, response, outgoing } = await open({ onError });
    sink.write(hello);
    response.end();
    sink.write(hello);
    await sink.closed;
    expect(await textOf(await responseTo(outgoing))).toBe("data: hello\n\n");
    expect(onError).not.toHaveBeenCalled();
  });

  test("is started by someone else: it is destroyed and the sink says why", async () => {
    const onError = vi.fn();
    const { sink, response } = await open({ onError });
    response.flushHeaders();
    sink.write(hello);
    await sink.closed;
    expect(onError.mock.calls).toEqual([[expect.objectContaining({ code: "handler-failed" })]]);
  });

  test.each(["write", "end"] as const)(
    "has a patched %s that throws: it is destroyed and the error reported",
    async (method) => {
      const onError = vi.fn();
      const { sink, response } = await open({ onError });
      const error = new Error("patched");
      response[method] = () => {
        throw error;
      };
      if (method === "write") sink.write(hello);
      sink.close();
      await sink.closed;
      expect(onError.mock.calls).toEqual([[error]]);
    },
  );

  test("is written to by its own methods, so that what middleware patched is called", async () => {
    const { sink, response, outgoing } = await open();
    const write = vi.spyOn(response, "write");
    const end = vi.spyOn(response, "end");
    sink.write(hello);
    sink.close();
    expect(await textOf(await responseTo(outgoing))).toBe("data: hello\n\n");
    expect(write).toHaveBeenCalledTimes(1);
    expect(end).toHaveBeenCalledTimes(1);
  });

  test("has a patched write that drops the callback: the sink drains all the same", async () => {
    const { sink, response, outgoing } = await open();
    const write = response.write.bind(response);
    response.write = (chunk: Uint8Array) => write(chunk);
    while (sink.room > 0) sink.write(hello);
    const answer = await responseTo(outgoing);
    answer.resume();
    await sink.drain();
    expect(sink.room).toBeGreaterThan(0);
  });

  test("has a flush, as under compression middleware: it is called after each write", async () => {
    const { sink, response } = await open();
    const flush = vi.fn();
    Object.assign(response, { flush });
    sink.write(hello);
    sink.write(hello);
    expect(flush).toHaveBeenCalledTimes(2);
  });

  test("emits an error: nothing happens, and the process lives", async () => {
    const { sink, response, outgoing } = await open();
    sink.write(hello);
    response.emit("error", new Error("late"));
    sink.close();
    expect(await textOf(await responseTo(outgoing))).toBe("data: hello\n\n");
  });
});

test("release gives the response back untouched, and closes the sink for its owner", async () => {
  const { sink, response, outgoing } = await open({ status: 201, headers: { "X-Mine": "1" } });
  sink.release();
  await sink.closed;
  sink.write(hello);
  response.end("plain");
  const answer = await responseTo(outgoing);
  expect([answer.statusCode, answer.headers["x-mine"], answer.headers["content-type"]]).toEqual([
    200,
    undefined,
    undefined,
  ]);
  expect(await textOf(answer)).toBe("plain");
});

test("onStart is called once, before the head is set", async () => {
  const heads: boolean[] = [];
  const { sink, response, outgoing } = await open({
    onStart: () => {
      heads.push(response.hasHeader("content-type"), response.headersSent);
    },
  });
  expect(sink.started).toBe(false);
  sink.write(hello);
  sink.write(hello);
  sink.close();
  expect(heads).toEqual([false, false]);
  expect(sink.started).toBe(true);
  await textOf(await responseTo(outgoing));
});

test("a connection that carries one stream after the other collects no listeners", async () => {
  const sockets: Record<string, number>[] = [];
  const { port, server } = await http1((_request, response) => {
    const sink = new ResponseSink(response);
    sink.write(hello);
    sink.close();
  });
  const connections = vi.fn();
  server.on("connection", connections);
  const agent = keepAliveAgent();
  for (let round = 0; round < 5; round++) {
    await textOf(await responseTo(ask(port, { agent })));
    sockets.push(listenersOf(connections.mock.calls[0]?.[0]));
  }
  expect(connections).toHaveBeenCalledTimes(1);
  expect(sockets[4]).toEqual(sockets[1]);
});

test("a closed sink holds no timer and has left the response's events", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { sink, response, outgoing } = await open();
  sink.write(hello);
  sink.close();
  expect(vi.getTimerCount()).toBe(1);
  await textOf(await responseTo(outgoing));
  await sink.closed;
  expect(vi.getTimerCount()).toBe(0);
  expect([response.listenerCount("close"), response.listenerCount("drain")]).toEqual([0, 0]);
});

test("a producer that waits for nothing but the sink leaves turns to others, though the client takes everything at once", async () => {
  // A connection that takes bytes without a turn of the event loop, as a kernel does for a client
  // that reads fast.
  const connection = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
    writev: (_chunks, done) => done(),
  });
  const { server } = await http1(() => {});
  const taken = once(server, "request");
  server.emit("connection", connection);
  connection.push("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [, response] = (await taken) as [unknown, NodeResponse];
  const sink = new ResponseSink(response);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const bytes = Buffer.alloc(1000, "x");
  let writes = 0;
  for (; !turned && writes < 100_000; writes++) {
    await sink.drain();
    sink.write(bytes);
  }
  expect(turned).toBe(true);
  expect(writes).toBeLessThan(200);
  connection.destroy();
});

test("a connection that has just gone has no room, so that a producer stops before it is told", async () => {
  const { sink, response } = await open();
  sink.write(hello);
  expect(sink.room).toBeGreaterThan(0);
  response.socket?.destroy();
  expect(sink.over).toBe(false);
  expect(sink.room).toBe(0);
  await sink.drain();
  expect(sink.over).toBe(true);
});

test("Nagle's algorithm is off, also where the server left it on", async () => {
  const { server, port } = await http1((_request, response) => new ResponseSink(response).write(hello), {
    noDelay: false,
  });
  const connected = once(server, "connection");
  const outgoing = ask(port);
  const [socket] = await connected;
  const setNoDelay = vi.spyOn(socket, "setNoDelay");
  await responseTo(outgoing);
  expect(setNoDelay).toHaveBeenCalledWith(true);
});

test("the last request that a connection may carry is told to close it, so that the next one is not answered 503", async () => {
  const { server, port } = await http1((_request, response) => {
    const sink = new ResponseSink(response);
    sink.write(hello);
    sink.close();
  });
  server.maxRequestsPerSocket = 1;
  const agent = keepAliveAgent();
  for (let round = 0; round < 2; round++) {
    const response = await responseTo(ask(port, { agent }));
    expect([response.statusCode, response.headers.connection]).toEqual([200, "close"]);
    await textOf(response);
  }
});

test("bytes reach the client in the turn in which they were written", async () => {
  const { sink, outgoing } = await open();
  sink.write(hello);
  await arrives(await responseTo(outgoing), "data: hello\n\n");
});

describe("the head of a stream", () => {
  const streamHeaders = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  };

  test("is not kept by the response where no other code sets headers", async () => {
    const { sink, response, outgoing } = await open({ status: 202 });
    sink.write(hello);
    const answer = await responseTo(outgoing);
    expect(answer.statusCode).toBe(202);
    expect(answer.headers).toEqual({
      ...streamHeaders,
      date: expect.any(String),
      "transfer-encoding": "chunked",
    });
    expect(response.getHeaderNames()).toEqual([]);
  });

  test("adds to headers that are there, apart from a length", async () => {
    const { sink, response, outgoing } = await open({ headers: { "X-Mine": "1" } }, (response) =>
      response.setHeader("X-Theirs", "2").setHeader("Content-Length", "3"),
    );
    sink.write(hello);
    const { headers } = await responseTo(outgoing);
    expect(headers).toMatchObject({ ...streamHeaders, "x-mine": "1", "x-theirs": "2" });
    expect(headers).not.toHaveProperty("content-length");
    expect(response.getHeader("content-type")).toBe("text/event-stream");
  });

  test("can be looked at by middleware that waits for writeHead", async () => {
    let seen: unknown;
    const { sink, outgoing } = await open({}, (response) => {
      const writeHead = response.writeHead.bind(response) as (status: number) => ServerResponse;
      response.writeHead = (status: number) => {
        seen = response.getHeaders();
        return writeHead(status);
      };
    });
    sink.write(hello);
    expect((await responseTo(outgoing)).headers).toMatchObject(streamHeaders);
    expect(seen).toEqual(streamHeaders);
  });
});

describe("onStart that returns a promise", () => {
  async function delayed(): Promise<Awaited<ReturnType<typeof open>> & { proceed: () => void }> {
    let proceed = (): void => {};
    const delay = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    return { ...(await open({ onStart: () => delay, highWaterMark: 20 })), proceed };
  }

  test("delays the head; what is written and the end come after it, in order", async () => {
    const { sink, response, outgoing, proceed } = await delayed();
    sink.write(hello);
    expect([sink.started, response.headersSent, sink.room]).toEqual([true, false, 20 - hello.length]);
    sink.write(hello);
    sink.close();
    let drained = false;
    void sink.drain().then(() => {
      drained = true;
    });
    response.setHeader("set-cookie", "a=1");
    expect(drained).toBe(false);
    proceed();
    const answer = await responseTo(outgoing);
    expect(answer.headers["set-cookie"]).toEqual(["a=1"]);
    expect(await textOf(answer)).toBe("data: hello\n\n".repeat(2));
    await sink.closed;
  });

  test("drains also what filled the sink meanwhile", async () => {
    const { sink, outgoing, proceed } = await delayed();
    sink.write(new Uint8Array(1_000_000));
    const drained = sink.drain();
    proceed();
    (await responseTo(outgoing)).resume();
    await drained;
    expect(sink.room).toBeGreaterThan(0);
  });

  test("ends with the client that leaves meanwhile", async () => {
    const { sink, outgoing, proceed } = await delayed();
    outgoing.on("error", () => {});
    sink.write(hello);
    outgoing.destroy();
    await sink.closed;
    proceed();
  });
});

test("an application's Connection: close is kept", async () => {
  const { outgoing, sink } = await open({}, (response) => void response.setHeader("Connection", "close"));
  sink.write(hello);
  expect((await responseTo(outgoing)).headers.connection).toBe("close");
});

test("middleware that patched write receives a Buffer, and no callback in place of the encoding", async () => {
  const calls: unknown[][] = [];
  const { outgoing, sink } = await open({}, (response) => {
    const { write } = response;
    response.write = (...args: unknown[]) => {
      calls.push(args);
      return (write as (...args: unknown[]) => boolean).apply(response, args);
    };
  });
  sink.write(new Uint8Array(hello));
  sink.close();
  expect(await textOf(await responseTo(outgoing))).toBe("data: hello\n\n");
  expect(calls.map(([chunk, encoding]) => [String(chunk), encoding])).toEqual([
    ["data: hello\n\n", undefined],
  ]);
});

test("a response that emits no close ends with its request, once the connection is lost", async () => {
  const socket = { destroyed: false };
  const req = Object.assign(new EventEmitter(), { socket });
  const silent = Object.assign(new EventEmitter(), { req, socket, writableLength: 0 });
  const sink = new ResponseSink(silent as never);
  req.emit("close"); // as Node does once a request has been read
  expect(sink.over).toBe(false);
  socket.destroyed = true;
  req.emit("close");
  await sink.closed;
  expect(req.listenerCount("close")).toBe(0);
});

test("an emulated response without a socket and without counts is written to", async () => {
  const written: string[] = [];
  const emulated = Object.assign(new EventEmitter(), {
    headersSent: false,
    getHeaderNames: () => [],
    getHeader: () => undefined,
    setHeader: () => {},
    appendHeader: () => {},
    removeHeader: () => {},
    // As that of node-mocks-http, which takes whatever comes second for an encoding.
    write: (chunk: Buffer, encoding?: BufferEncoding) => written.push(chunk.toString(encoding)) > 0,
    end: () => emulated.emit("close"),
  });
  const sink = new ResponseSink(emulated as never);
  sink.write(hello);
  expect(sink.room).toBeGreaterThan(0);
  await sink.drain();
  sink.close();
  await sink.closed;
  expect(written).toEqual(["data: hello\n\n"]);
});
