import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSink, type WebSinkOptions } from "../src/web-sink.js";

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);
const textOf = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A sink, and the reader of its body. */
function open(options: WebSinkOptions = {}): {
  sink: WebSink;
  reader: ReadableStreamDefaultReader<Uint8Array>;
} {
  const sink = new WebSink(options);
  return { sink, reader: sink.body.getReader() };
}

/** Whether a promise has settled by the next turn. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const first = await Promise.race([
    promise.then(
      () => undefined,
      () => undefined,
    ),
    nextTurn().then(() => pending),
  ]);
  return first !== pending;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("the body", () => {
  test("takes what was written between two reads as one chunk", async () => {
    const { sink, reader } = open();
    for (const text of ["a", "b", "c"]) sink.write(bytes(text));
    expect(textOf((await reader.read()).value)).toBe("abc");
    sink.write(bytes("d"));
    sink.write(bytes("e"));
    expect(textOf((await reader.read()).value)).toBe("de");
  });

  test("gets at once what is written while it is read", async () => {
    const { sink, reader } = open();
    const read = reader.read();
    sink.write(bytes("a"));
    expect(textOf((await read).value)).toBe("a");
  });

  test("gets no empty chunk, which would end the response on some servers", async () => {
    const { sink, reader } = open();
    const read = reader.read();
    sink.write(new Uint8Array());
    sink.write(bytes("a"));
    expect(textOf((await read).value)).toBe("a");
  });

  test("gets an array as it is, unless there is something to join", async () => {
    const { sink, reader } = open();
    const array = bytes("a");
    sink.write(array);
    expect((await reader.read()).value).toBe(array);
  });
});

describe("room", () => {
  test("counts what waits and what was passed on until the server asks again", async () => {
    const { sink, reader } = open({ highWaterMark: 100 });
    sink.write(new Uint8Array(30));
    sink.write(new Uint8Array(20));
    await nextTurn();
    expect(sink.room).toBe(50);
    await reader.read();
    sink.write(new Uint8Array(10));
    await nextTurn();
    expect(sink.room).toBe(40);
    await reader.read();
    void reader.read();
    await nextTurn();
    expect(sink.room).toBe(100);
  });

  test("counts what was written in a turn, though the server took it at once", async () => {
    const { sink, reader } = open({ highWaterMark: 100 });
    for (let round = 0; round < 4; round++) {
      const read = reader.read();
      sink.write(new Uint8Array(25));
      await read;
    }
    expect(sink.room).toBe(0);
    await sink.drain();
    expect(sink.room).toBe(75);
    void reader.read();
    await nextTurn();
    expect(sink.room).toBe(100);
  });

  test("has no part for the turn on Workers, where no callback outlives a request", async () => {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    vi.resetModules();
    onTestFinished(() => {
      vi.unstubAllGlobals();
      vi.resetModules();
    });
    const module = await import("../src/web-sink.js");
    const sink = new module.WebSink({ highWaterMark: 100 });
    const reader = sink.body.getReader();
    const immediate = vi.spyOn(globalThis, "setImmediate");
    for (let round = 0; round < 4; round++) {
      const read = reader.read();
      sink.write(new Uint8Array(25));
      await read;
    }
    expect(sink.room).toBe(75);
    expect(immediate).not.toHaveBeenCalled();
  });
});

describe("a client that leaves", () => {
  test("shows as a canceled body", async () => {
    const { sink, reader } = open({ highWaterMark: 1 });
    sink.write(bytes("a"));
    const drained = sink.drain();
    void reader.cancel();
    await Promise.all([sink.closed, drained]);
    expect(sink.over).toBe(true);
    sink.write(bytes("b"));
    expect(sink.bytesWritten).toBe(1);
  });

  test.each([true, false])(
    "shows as an aborted signal (started: %s); the body ends in order",
    async (begun) => {
      const client = new AbortController();
      const { sink, reader } = open();
      sink.watch(client.signal);
      if (begun) sink.write(bytes("a"));
      client.abort();
      await sink.closed;
      expect(sink.started).toBe(begun);
      expect((await reader.read()).done).toBe(true);
    },
  );

  test("before the sink was made has closed it", async () => {
    const { sink, reader } = open();
    sink.watch(AbortSignal.abort());
    expect(sink.over).toBe(true);
    await sink.closed;
    expect((await reader.read()).done).toBe(true);
  });

  test("leaves no listener and no timer behind, nor does a sink that ends otherwise", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    for (const end of ["cancel", "destroy", "close", "release"] as const) {
      const { signal } = new AbortController();
      const added = vi.spyOn(signal, "addEventListener");
      const removed = vi.spyOn(signal, "removeEventListener");
      const { sink, reader } = open();
      sink.watch(signal);
      sink.write(bytes("a"));
      if (end === "cancel") void reader.cancel();
      else sink[end]();
      if (end === "close") {
        await reader.read();
        await reader.read();
      }
      await sink.closed;
      expect(added).toHaveBeenCalledTimes(1);
      expect(removed).toHaveBeenCalledTimes(1);
      expect(removed.mock.calls[0]?.[1]).toBe(added.mock.calls[0]?.[1]);
      expect(vi.getTimerCount()).toBe(0);
    }
  });
});

describe("a body that is never read, because middleware has replaced the response", () => {
  test("closes the sink at the first write after ten seconds", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const sink = new WebSink();
    sink.write(bytes("a"));
    vi.advanceTimersByTime(10_000);
    sink.write(bytes("b"));
    expect(sink.over).toBe(false);
    vi.advanceTimersByTime(1);
    sink.write(bytes("c"));
    expect(sink.over).toBe(true);
    await sink.closed;
  });

  test("is none that was read once, however long ago", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { sink, reader } = open();
    sink.write(bytes("a"));
    await reader.read();
    vi.advanceTimersByTime(3_600_000);
    sink.write(bytes("b"));
    expect(sink.over).toBe(false);
  });
});

describe("the end", () => {
  test("is in order once the server has asked for more after the last bytes", async () => {
    const { sink, reader } = open();
    sink.write(bytes("a"));
    sink.close();
    expect(textOf((await reader.read()).value)).toBe("a");
    expect(await settles(sink.closed)).toBe(false);
    expect((await reader.read()).done).toBe(true);
    await sink.closed;
  });

  test("is a cut when the server does not ask within the deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { sink, reader } = open({ closeTimeout: 50 });
    sink.write(bytes("a"));
    await reader.read();
    sink.close();
    vi.advanceTimersByTime(49);
    expect(sink.over).toBe(false);
    vi.advanceTimersByTime(1);
    await sink.closed;
    await expect(reader.read()).rejects.toMatchObject({ code: "closed" });
  });

  test("by release leaves the body alone", async () => {
    const { sink, reader } = open();
    const read = reader.read();
    sink.release();
    await sink.closed;
    expect(await settles(read)).toBe(false);
  });
});

test("onStart is called once, before the first byte, whether that is written or the sink is closed without", () => {
  for (const start of [(sink: WebSink) => sink.write(bytes("a")), (sink: WebSink) => sink.close()]) {
    const onStart = vi.fn((sink: WebSink) => expect(sink.bytesWritten).toBe(0));
    const sink = new WebSink({ onStart });
    expect(sink.started).toBe(false);
    start(sink);
    start(sink);
    expect(sink.started).toBe(true);
    expect(onStart.mock.calls).toEqual([[sink]]);
    sink.destroy();
  }
});
