import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { EventStream, type EventStreamOptions, type ServerSentEvent, SseError } from "../src/index.js";
import { FakeSink } from "./support/fake-sink.js";
import { ManualTimers, settled } from "./support/manual-timers.js";

interface Opened {
  sink: FakeSink;
  timers: ManualTimers;
  stream: EventStream;
}

/** A stream whose transport is full after so many bytes; by default never. */
function open({ highWaterMark, ...options }: EventStreamOptions & { highWaterMark?: number } = {}): Opened {
  const sink = new FakeSink(highWaterMark);
  const timers = new ManualTimers();
  return { sink, timers, stream: new EventStream(sink, { heartbeat: 0, timers, ...options }) };
}

/** A stream whose transport is full from its first event, which it has taken. */
async function openFull(options: EventStreamOptions = {}): Promise<Opened> {
  const opened = open({ highWaterMark: 1, ...options });
  await opened.stream.send({ data: "first" });
  return opened;
}

const first = "data: first\n\n";

function webStream(events: readonly ServerSentEvent[]): ReadableStream<ServerSentEvent> {
  return new ReadableStream({
    start(controller) {
      for (const event of events) controller.enqueue(event);
      controller.close();
    },
  });
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = {};
  await settled();
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

describe("send", () => {
  test("writes the encoded event at once and tells so", async () => {
    const { sink, stream } = open();
    const sent = stream.send({ event: "price", data: { n: 1 }, id: "7" });
    expect(sink.text).toBe('event: price\nid: 7\ndata: {"n":1}\n\n');
    expect(await sent).toBe(true);
  });

  test("serializes as the stream's option says", () => {
    const { sink, stream } = open({ serialize: "json" });
    stream.send({ data: "x" });
    expect(sink.text).toBe('data: "x"\n\n');
  });

  test("waits while the transport is full, and keeps the order of the calls", async () => {
    const { sink, stream } = await openFull();
    const sends = [
      stream.send({ data: "a" }),
      stream.comment("b"),
      stream.setRetry(5),
      stream.send({ data: "c" }),
    ];
    for (const sent of sends) expect(await isPending(sent)).toBe(true);
    expect(sink.text).toBe(first);
    sink.take();
    expect(await sends[0]).toBe(true);
    expect(sink.text).toBe(`${first}data: a\n\n`);
    expect(await isPending(sends[1] as Promise<boolean>)).toBe(true);
    for (const _ of sends) {
      sink.take();
      await settled();
    }
    expect(await Promise.all(sends)).toEqual([true, true, true, true]);
    expect(sink.text).toBe(`${first}data: a\n\n: b\nretry: 5\ndata: c\n\n`);
  });

  test("does not overtake a send that waits, even when there is room again", async () => {
    const { sink, stream } = await openFull();
    stream.send({ data: "a" });
    sink.take();
    stream.send({ data: "b" });
    expect(sink.text).toBe(first);
    await settled();
    sink.take();
    await settled();
    expect(sink.text).toBe(`${first}data: a\n\ndata: b\n\n`);
  });

  test("writes all that fits when the client takes bytes", async () => {
    const { sink, stream } = open({ highWaterMark: 30 });
    for (const data of ["12345678901234567890", "a", "b", "c", "d"]) stream.send({ data });
    expect(sink.writes).toHaveLength(2);
    sink.take();
    await settled();
    expect(sink.writes).toHaveLength(5);
  });

  test("is false after the stream has closed, whatever the event", async () => {
    const { sink, stream } = open();
    stream.close();
    expect(await stream.send({ data: "x" })).toBe(false);
    expect(await stream.comment()).toBe(false);
    expect(await stream.setRetry(-1)).toBe(false);
    expect(sink.text).toBe("");
  });

  test("that waits is false when the client leaves, and never rejects", async () => {
    const { sink, stream } = await openFull();
    const sends = [stream.send({ data: "a" }), stream.send({ data: "b" })];
    sink.leave();
    expect(await Promise.all(sends)).toEqual([false, false]);
    expect(sink.text).toBe(first);
  });

  test("of a bad event rejects with the field's error, and the stream stays open", async () => {
    const { sink, stream } = open();
    await expect(stream.send({ id: "a\nb" })).rejects.toMatchObject({ code: "invalid-field", field: "id" });
    await expect(stream.send({ data: 1n })).rejects.toMatchObject({ code: "unserializable", field: "data" });
    await expect(stream.setRetry(1.5)).rejects.toMatchObject({ code: "invalid-field", field: "retry" });
    await expect(stream.comment(5 as unknown as string)).rejects.toBeInstanceOf(SseError);
    expect(await stream.send({ data: "x" })).toBe(true);
    expect(sink.text).toBe("data: x\n\n");
  });

  test("of a bad event that is not awaited does not become an unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    open().stream.send({ event: "\n" });
    await vi.waitFor(() => expect(print).toHaveBeenCalled(), { timeout: 100_000 });
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("sends that are not awaited", () => {
  test("are bounded in bytes: above them the client is disconnected and all are false", async () => {
    const { sink, stream } = await openFull({ maxQueuedBytes: 20 });
    const sends = ["a", "b", "c"].map((data) => stream.send({ data })); // 9 bytes each
    expect(stream.closed).toBe(true);
    expect(sink.destroyCalls).toBe(1);
    expect(await Promise.all(sends)).toEqual([false, false, false]);
    expect(sink.text).toBe(first);
  });

  test("may wait up to the bound exactly, and room makes place again", async () => {
    const { sink, stream } = await openFull({ maxQueuedBytes: 18 });
    for (let round = 0; round < 3; round++) {
      const sends = [stream.send({ data: "a" }), stream.send({ data: "b" })];
      for (const _ of sends) {
        sink.take();
        await settled();
      }
      expect(await Promise.all(sends)).toEqual([true, true]);
    }
    expect(stream.closed).toBe(false);
  });

  test("are bounded by 1 MiB by default", async () => {
    const { stream } = await openFull();
    const half = "x".repeat(512 * 1024 - "data: \n\n".length);
    stream.send({ data: half });
    stream.send({ data: half });
    expect(stream.closed).toBe(false);
    stream.send({ data: "" });
    expect(stream.closed).toBe(true);
  });

  test("do not limit an awaited send: one that waits alone may be of any size", async () => {
    const { sink, stream } = await openFull({ maxQueuedBytes: 10 });
    const sent = stream.send({ data: "x".repeat(1000) });
    sink.take();
    expect(await sent).toBe(true);
  });
});

describe("the stall deadline", () => {
  test("disconnects a client that takes nothing while a send waits", async () => {
    const { sink, stream, timers } = await openFull({ stallTimeout: 1000 });
    const sent = stream.send({ data: "a" });
    await timers.advance(999);
    expect(stream.closed).toBe(false);
    await timers.advance(1);
    expect(sink.destroyCalls).toBe(1);
    expect(await sent).toBe(false);
    expect(timers.count).toBe(0);
  });

  test("is no single timer, which would fire late and at once where the process has stood still", async () => {
    const fire: (() => void)[] = [];
    const timers = { setTimeout: (callback: () => void) => fire.push(callback), clearTimeout: () => {} };
    const { stream } = await openFull({ stallTimeout: 1000, timers });
    void stream.send({ data: "a" });
    for (let part = 0; part < 4; part += 1) {
      expect(stream.closed).toBe(false);
      fire.shift()!();
    }
    expect(stream.closed).toBe(true);
  });

  test("starts again when the client takes something", async () => {
    const { sink, stream, timers } = await openFull({ stallTimeout: 1000 });
    const sends = [stream.send({ data: "a" }), stream.send({ data: "b" })];
    await timers.advance(900);
    sink.take();
    await timers.advance(900);
    expect(stream.closed).toBe(false);
    sink.take();
    expect(await Promise.all(sends)).toEqual([true, true]);
    expect(timers.count).toBe(0);
  });

  test("does not hit a client that takes a little at a time, and does once it takes nothing", async () => {
    const sink = new FakeSink(10);
    const timers = new ManualTimers();
    const stream = new EventStream(sink, { heartbeat: 0, stallTimeout: 1000, timers });
    await stream.send({ data: "x".repeat(1000) });
    const sent = stream.send({ data: "a" });
    for (let taken = 0; taken < 900; taken += 100) {
      await timers.advance(900);
      sink.take(100);
    }
    expect(stream.closed).toBe(false);
    await timers.advance(2000);
    expect(stream.closed).toBe(true);
    expect(await sent).toBe(false);
    expect(timers.count).toBe(0);
  });

  test("restarts when what the client takes lets another writer write", async () => {
    const { sink, stream, timers } = await openFull({ stallTimeout: 1000 });
    const hub = stream.attach();
    const sent = stream.send({ data: "a" });
    for (let count = 0; count < 5; count++) {
      await timers.advance(900);
      sink.take();
      hub.write(new TextEncoder().encode("data: hub\n\n"));
    }
    await timers.advance(900);
    expect(stream.closed).toBe(false);
    sink.take();
    await timers.advance(0);
    expect(await sent).toBe(true);
  });

  test("does not run while no send waits", async () => {
    const { stream, timers } = await openFull({ stallTimeout: 1000 });
    expect(timers.count).toBe(0);
    await timers.advance(10_000);
    expect(stream.closed).toBe(false);
  });

  test("is 60 seconds by default, and 0 is none", async () => {
    const usual = await openFull();
    usual.stream.send({ data: "a" });
    await usual.timers.advance(59_999);
    expect(usual.stream.closed).toBe(false);
    await usual.timers.advance(1);
    expect(usual.stream.closed).toBe(true);

    const patient = await openFull({ stallTimeout: 0 });
    patient.stream.send({ data: "a" });
    await patient.timers.advance(1e9);
    expect(patient.stream.closed).toBe(false);
  });

  test("also holds when the room that came is taken by another writer", async () => {
    const { sink, stream, timers } = await openFull({ stallTimeout: 1000 });
    const hub = stream.attach();
    const sent = stream.send({ data: "a" });
    sink.take();
    hub.write(new TextEncoder().encode("data: hub\n\n"));
    await timers.advance(999);
    expect(stream.closed).toBe(false);
    sink.take();
    await timers.advance(0);
    expect(await sent).toBe(true);
    expect(sink.text).toBe(`${first}data: hub\n\ndata: a\n\n`);
  });
});

describe("the heartbeat", () => {
  test("is a comment when nothing was written for its time", async () => {
    const { sink, stream, timers } = open({ heartbeat: 1000 });
    stream.send({ data: "x" });
    await timers.advance(999);
    expect(sink.text).toBe("data: x\n\n");
    await timers.advance(1);
    expect(sink.text).toBe("data: x\n\n:\n");
    await timers.advance(2000);
    expect(sink.text).toBe("data: x\n\n:\n:\n:\n");
  });

  test("never is the first write: until that a handler can still refuse", async () => {
    const { sink, timers } = open({ heartbeat: 1000 });
    await timers.advance(5000);
    expect([sink.text, timers.count]).toEqual(["", 0]);
  });

  test("starts again with each write", async () => {
    const { sink, stream, timers } = open({ heartbeat: 1000 });
    for (let round = 0; round < 5; round++) {
      await timers.advance(999);
      stream.send({ data: "x" });
    }
    expect(sink.text).toBe("data: x\n\n".repeat(5));
    expect(timers.count).toBe(1);
  });

  test("is left out while the client takes nothing", async () => {
    const { sink, timers } = await openFull({ heartbeat: 1000 });
    await timers.advance(3000);
    expect(sink.text).toBe(first);
    sink.take();
    await timers.advance(1000);
    expect(sink.text).toBe(`${first}:\n`);
  });

  test("is every 15 seconds by default, and 0 is none", async () => {
    const sink = new FakeSink();
    const timers = new ManualTimers();
    new EventStream(sink, { timers }).comment();
    await timers.advance(14_999);
    expect(sink.text).toBe(":\n");
    await timers.advance(1);
    expect(sink.text).toBe(":\n:\n");
    expect(open({ heartbeat: 0 }).timers.count).toBe(0);
  });

  test("is the same bytes for every stream, so that sinks can share what they make of them", async () => {
    const written = new Set<Uint8Array>();
    for (let count = 0; count < 2; count++) {
      const { sink, stream, timers } = open({ heartbeat: 1000 });
      stream.send({ data: "x" });
      vi.spyOn(sink, "write").mockImplementation((bytes) => written.add(bytes));
      await timers.advance(2000);
    }
    expect(written.size).toBe(1);
  });
});

describe("a send that fails and is not awaited", () => {
  test("is printed with its caller's line, and ends no process", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const { stream } = open();
    stream.send({ data: 1n });
    await vi.waitFor(() => expect(print).toHaveBeenCalledTimes(1), { timeout: 100_000 });
    const [error] = print.mock.calls[0] as [Error];
    expect(error).toMatchObject({ code: "unserializable" });
    expect(error.stack).toContain("stream.test.ts");
  });

  test.each<[string, (sent: Promise<boolean>) => Promise<unknown>]>([
    ["await", async (sent) => await sent],
    ["catch", (sent) => sent.catch((error) => Promise.reject(error))],
    ["Promise.all", (sent) => Promise.all([sent])],
    ["return of an async function", (sent) => (async () => sent)()],
  ])("is not printed with %s", async (_how, wait) => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    await expect(wait(open().stream.send({ data: 1n }))).rejects.toMatchObject({ code: "unserializable" });
    // A timer of the same delay fires after the one that prints.
    await new Promise((resolve) => setTimeout(resolve));
    expect(print).not.toHaveBeenCalled();
  });
});

describe("close", () => {
  test("ends the transport, closes the stream at once and is done when the transport is", async () => {
    const { sink, stream } = open();
    expect(stream.closed).toBe(false);
    stream.close();
    stream.close();
    expect(stream.closed).toBe(true);
    expect(sink.closeCalls).toBe(1);
    await stream.done;
  });

  test("writes first what waits, taking no more", async () => {
    const { sink, stream } = await openFull();
    const sends = [stream.send({ data: "a" }), stream.send({ data: "b" })];
    stream.close();
    expect(await stream.send({ data: "c" })).toBe(false);
    await settled();
    expect(sink.closeCalls).toBe(0);
    sink.take();
    await settled();
    sink.take();
    expect(await Promise.all(sends)).toEqual([true, true]);
    expect(sink.text).toBe(`${first}data: a\n\ndata: b\n\n`);
    expect(sink.closeCalls).toBe(1);
  });

  test("gives up on a client that takes nothing for the stall deadline", async () => {
    const { sink, stream, timers } = await openFull({ stallTimeout: 1000 });
    const sent = stream.send({ data: "a" });
    stream.close();
    await timers.advance(1000);
    expect(await sent).toBe(false);
    expect(sink.destroyCalls).toBe(1);
    expect(sink.closeCalls).toBe(0);
  });
});

test("destroy drops what waits and closes the transport at once", async () => {
  const { sink, stream } = await openFull();
  const sent = stream.send({ data: "a" });
  stream.destroy();
  stream.destroy();
  expect(stream.closed).toBe(true);
  expect(await sent).toBe(false);
  expect(sink.destroyCalls).toBeGreaterThan(0);
  await stream.done;
  expect(sink.text).toBe(first);
});

test.each<[string, (opened: Opened) => void]>([
  ["close", ({ stream }) => stream.close()],
  ["destroy", ({ stream }) => stream.destroy()],
  ["the client's leaving", ({ sink }) => sink.leave()],
])("after %s no timer is left", async (_name, end) => {
  const opened = await openFull({ heartbeat: 1000, stallTimeout: 1000 });
  opened.stream.send({ data: "a" });
  expect(opened.timers.count).toBe(2);
  end(opened);
  opened.sink.take();
  await opened.stream.done;
  await settled();
  expect(opened.timers.count).toBe(0);
});

describe("signal and done", () => {
  test("tell that the client left", async () => {
    const { sink, stream } = open();
    const { signal } = stream;
    expect(signal.aborted).toBe(false);
    sink.leave();
    await stream.done;
    expect(stream.closed).toBe(true);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: "AbortError" });
    expect(stream.signal).toBe(signal);
  });

  test("agree with closed, also for a signal that is asked for later", async () => {
    const early = open();
    const { signal } = early.stream;
    early.stream.close();
    expect(signal.aborted).toBe(true);
    const late = open();
    late.stream.destroy();
    expect(late.stream.signal.aborted).toBe(true);
  });

  test("share one reason among streams, so that no client costs an error", () => {
    const reasons = [open(), open()].map(({ stream }) => {
      const { signal } = stream;
      stream.close();
      return signal.reason;
    });
    expect(reasons[0]).toBe(reasons[1]);
  });

  test("hold for a client that had left before the stream was made", async () => {
    const sink = new FakeSink();
    const timers = new ManualTimers();
    sink.leave();
    const stream = new EventStream(sink, { timers });
    await stream.done;
    expect(stream.closed).toBe(true);
    expect(timers.count).toBe(0);
    expect(await stream.send({ data: "x" })).toBe(false);
  });
});

describe("attach", () => {
  test("returns the sink, once", () => {
    const { sink, stream } = open();
    expect(stream.attach()).toBe(sink);
    expect(() => stream.attach()).toThrow(expect.objectContaining({ name: "SseError", code: "attached" }));
  });

  test("stops the stream's own heartbeat for good", async () => {
    const { sink, stream, timers } = open({ heartbeat: 1000 });
    stream.attach();
    stream.send({ data: "x" });
    await timers.advance(5000);
    expect(sink.text).toBe("data: x\n\n");
    expect(timers.count).toBe(0);
  });

  test("reserves the ids, and nothing else", async () => {
    const { sink, stream } = open();
    stream.attach();
    await expect(stream.send({ id: "1", data: "x" })).rejects.toMatchObject({
      code: "reserved",
      field: "id",
    });
    await expect(stream.send({ id: "" })).rejects.toMatchObject({ code: "reserved" });
    expect(await stream.send({ data: "x" })).toBe(true);
    expect(await stream.setRetry(5)).toBe(true);
    expect(sink.text).toBe("data: x\n\nretry: 5\n");
  });

  test("leaves signal, closed and done as they were", async () => {
    const { sink, stream } = open();
    const { signal } = stream;
    stream.attach();
    sink.leave();
    await stream.done;
    expect([stream.closed, signal.aborted]).toEqual([true, true]);
  });
});

describe("sendAll", () => {
  const three: ServerSentEvent[] = [{ data: "a" }, { data: "b" }, { data: "c" }];
  const wire = "data: a\n\ndata: b\n\ndata: c\n\n";

  /** The three events as a source, which tells what was asked of it. */
  function source(log: string[]): AsyncGenerator<ServerSentEvent, void, undefined> {
    return (async function* () {
      try {
        for (const event of three) {
          log.push(`next ${event.data}`);
          yield event;
        }
        log.push("end");
      } finally {
        log.push("finally");
      }
    })();
  }

  test.each<
    [
      string,
      () => Iterable<ServerSentEvent> | AsyncIterable<ServerSentEvent> | ReadableStream<ServerSentEvent>,
    ]
  >([
    ["an array", () => three],
    ["a generator", () => three.values()],
    ["an async generator", () => source([])],
    ["a web stream", () => webStream(three)],
    [
      "a web stream that cannot be iterated, as in some browsers",
      () => {
        const stream = webStream(three);
        return { getReader: () => stream.getReader() } as ReadableStream<ServerSentEvent>;
      },
    ],
  ])("sends every event of %s, in order", async (_name, make) => {
    const { sink, stream } = open();
    await stream.sendAll(make());
    expect(sink.text).toBe(wire);
    expect(stream.closed).toBe(false);
  });

  test("takes the next event only when the last has left", async () => {
    const log: string[] = [];
    const { sink, stream } = open({ highWaterMark: 1 });
    const done = stream.sendAll(source(log));
    await settled();
    expect(log).toEqual(["next a", "next b"]);
    sink.take();
    await settled();
    expect(log).toEqual(["next a", "next b", "next c"]);
    sink.take();
    await done;
    expect(log).toEqual(["next a", "next b", "next c", "end", "finally"]);
  });

  test("stops the source when the client leaves while a send waits", async () => {
    const log: string[] = [];
    const { sink, stream } = open({ highWaterMark: 1 });
    const done = stream.sendAll(source(log));
    await settled();
    sink.leave();
    await done;
    expect(log).toEqual(["next a", "next b", "finally"]);
  });

  test("stops a source that waits for its next event when the client leaves", async () => {
    const returned = vi.fn(async () => ({ done: true as const, value: undefined }));
    const silent: AsyncIterable<ServerSentEvent> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: returned }),
    };
    const { sink, stream } = open();
    const done = stream.sendAll(silent);
    await settled();
    sink.leave();
    await done;
    expect(returned).toHaveBeenCalledOnce();
  });

  test("does not wait for an async generator that is stuck, nor for its late error", async () => {
    let fail = (_error: Error): void => {};
    async function* stuck(): AsyncGenerator<ServerSentEvent> {
      await new Promise((_resolve, reject) => {
        fail = reject;
      });
      yield {};
    }
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { sink, stream } = open();
    const done = stream.sendAll(stuck());
    await settled();
    sink.leave();
    await done;
    fail(new Error("too late"));
    await settled();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("cancels a web stream when the client leaves, also while it is read", async () => {
    const cancel = vi.fn();
    const { sink, stream } = open();
    const done = stream.sendAll(new ReadableStream<ServerSentEvent>({ cancel }));
    await settled();
    sink.leave();
    await done;
    expect(cancel).toHaveBeenCalledOnce();
  });

  test("stops the source without a read when the stream has closed before", async () => {
    const log: string[] = [];
    const cancel = vi.fn();
    const pull = vi.fn();
    const { stream } = open();
    stream.close();
    await stream.sendAll(source(log));
    await stream.sendAll(new ReadableStream<ServerSentEvent>({ pull, cancel }, { highWaterMark: 0 }));
    expect(log).toEqual([]);
    expect(pull).not.toHaveBeenCalled();
    expect(cancel).toHaveBeenCalledOnce();
  });

  test("rejects with the source's error, and the stream stays open", async () => {
    const boom = new Error("boom");
    async function* failing(): AsyncGenerator<ServerSentEvent> {
      yield { data: "a" };
      throw boom;
    }
    const { sink, stream } = open();
    await expect(stream.sendAll(failing())).rejects.toBe(boom);
    const errored = new ReadableStream<ServerSentEvent>({ start: (controller) => controller.error(boom) });
    await expect(stream.sendAll(errored)).rejects.toBe(boom);
    expect(await stream.send({ data: "b" })).toBe(true);
    expect(sink.text).toBe("data: a\n\ndata: b\n\n");
  });

  test.each([
    [undefined, "undefined"],
    ["text", "a string"],
    [{}, "an object"],
    [() => [], "a function"],
  ])("rejects with the fix for what is no source: %o", async (source, type) => {
    const { stream } = open();
    await expect(stream.sendAll(source as never)).rejects.toMatchObject({
      code: "invalid-option",
      field: "source",
      message: expect.stringContaining(`${type}: pass an iterable`),
    });
    expect(stream.closed).toBe(false);
  });

  test("rejects with the error of a bad event and stops the source; the stream stays open", async () => {
    const log: string[] = [];
    function* bad(): Generator<ServerSentEvent> {
      try {
        yield { data: "a" };
        yield { event: "\n" };
        yield { data: "c" };
      } finally {
        log.push("finally");
      }
    }
    const { sink, stream } = open();
    await expect(stream.sendAll(bad())).rejects.toMatchObject({ code: "invalid-field", field: "event" });
    expect(log).toEqual(["finally"]);
    expect(sink.text).toBe("data: a\n\n");
    expect(stream.closed).toBe(false);
  });
});

describe("options", () => {
  test("name the stream, by default with a random UUID, and keep the id that the client showed", () => {
    expect(open({ id: "tab", lastEventId: "7" }).stream).toMatchObject({ id: "tab", lastEventId: "7" });
    const { stream } = open();
    expect(stream.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(stream.id).not.toBe(open().stream.id);
    expect(stream.lastEventId).toBe("");
  });

  test.each<[keyof EventStreamOptions, number]>([
    ["heartbeat", -1],
    ["heartbeat", Number.NaN],
    ["heartbeat", 2 ** 31],
    ["stallTimeout", Number.POSITIVE_INFINITY],
    ["maxQueuedBytes", -1],
    ["maxQueuedBytes", Number.NaN],
  ])("%s: %d is refused by name", (field, value) => {
    expect(() => open({ [field]: value })).toThrow(
      expect.objectContaining({ code: "invalid-option", field }),
    );
  });

  test("use the runtime's timers as they are at the time, when none are given", () => {
    vi.useFakeTimers();
    const sink = new FakeSink();
    const stream = new EventStream(sink, { heartbeat: 1000 });
    stream.comment();
    vi.advanceTimersByTime(1000);
    expect(sink.text).toBe(":\n:\n");
    stream.destroy();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

test("the types of a stream are those of the design", () => {
  expectTypeOf<EventStream["send"]>().toEqualTypeOf<(event: ServerSentEvent) => Promise<boolean>>();
  const typed = new EventStream<{ price: { value: number }; message: string }>(new FakeSink());
  expectTypeOf(typed.send).toBeCallableWith({ event: "price", data: { value: 1 }, id: "1" });
  expectTypeOf(typed.send).toBeCallableWith({ data: "text" });
  expectTypeOf(typed.send).toBeCallableWith({ retry: 5 });
  // @ts-expect-error the data of a price is an object
  void typed.send({ event: "price", data: 1 });
  // @ts-expect-error there is no such event
  void typed.send({ event: "prize", data: { value: 1 } });
  expectTypeOf<EventStream["sendAll"]>().returns.toEqualTypeOf<Promise<void>>();
  expectTypeOf<EventStream["signal"]>().toEqualTypeOf<AbortSignal>();
  expectTypeOf<EventStream["done"]>().toEqualTypeOf<Promise<void>>();
  const { stream } = open();
  // @ts-expect-error whether it is closed is not for others to say
  expect(() => (stream.closed = true)).toThrow(TypeError);
});
