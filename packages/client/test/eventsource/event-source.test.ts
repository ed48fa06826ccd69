import { afterEach, describe, expect, test, vi } from "vitest";
import {
  EventSource,
  type EventSourceErrorEvent,
  type EventSourceInit,
} from "../../src/eventsource/index.js";
import { quiet, streamOf, until } from "./tools.js";

const url = "https://a.example/stream";
const opened: EventSource[] = [];

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const source of opened.splice(0)) source.close();
});

function open(address: string | URL, init?: EventSourceInit): EventSource {
  const source = new EventSource(address, init);
  opened.push(source);
  return source;
}

/**
 * A `fetch` that gives the next answer to each request, the last one again and again, and keeps the
 * requests.
 */
function fakeFetch(...answers: (() => Response)[]) {
  const requests: { url: string; init: RequestInit; headers: Record<string, string> }[] = [];
  const fetch = async (address: string, init: RequestInit): Promise<Response> => {
    requests.push({ url: address, init, headers: Object.fromEntries(new Headers(init.headers)) });
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    if (!answer) throw new TypeError("no answer");
    return answer();
  };
  return { fetch, requests };
}

function answer(texts: string[], after: "end" | "hold" = "hold", finalUrl = ""): () => Response {
  return () => {
    const response = new Response(streamOf(texts, after), {
      headers: { "Content-Type": "text/event-stream" },
    });
    Object.defineProperty(response, "url", { value: finalUrl });
    return response;
  };
}

/** Lets the reconnection time pass at once, until a number of requests were made. */
async function untilRequests(requests: unknown[], count: number): Promise<void> {
  await until(() => {
    vi.advanceTimersByTime(3000);
    return requests.length >= count;
  });
}

function fakeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

function next<E extends Event>(source: EventSource, type: string): Promise<E> {
  return new Promise((resolve) =>
    source.addEventListener(type, (event: Event) => resolve(event as E), { once: true }),
  );
}

/** The errors that listeners throw, which Node reports as uncaught exceptions. */
async function reportedUntil(holds: () => boolean): Promise<unknown[]> {
  const handlers = process.listeners("uncaughtException");
  const reported: unknown[] = [];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => reported.push(error));
  try {
    await until(holds);
    await quiet();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const handler of handlers) process.on("uncaughtException", handler);
  }
  return reported;
}

describe("the constructor", () => {
  test("throws a SyntaxError for what is no URL", () => {
    for (const bad of ["http://this is invalid/", "http://", "//", "http://[::1", "relative", ""]) {
      expect(() => new EventSource(bad)).toThrow(DOMException);
      expect(() => new EventSource(bad)).toThrow(expect.objectContaining({ name: "SyntaxError", code: 12 }));
    }
  });

  test("starts from the worker's location, where there is one", () => {
    vi.stubGlobal("location", { href: "https://a.example/folder/worker.js" });
    const { fetch } = fakeFetch(answer([]));
    expect(open("", { fetch }).url).toBe("https://a.example/folder/worker.js");
    expect(open("x?y#z", { fetch }).url).toBe("https://a.example/folder/x?y#z");
  });

  test("prefers the document's base", () => {
    vi.stubGlobal("location", { href: "https://a.example/folder/page" });
    vi.stubGlobal("document", { baseURI: "https://b.example/base/" });
    expect(open("x", { fetch: fakeFetch(answer([])).fetch }).url).toBe("https://b.example/base/x");
  });

  test("takes a URL object, or any object by its text", () => {
    const { fetch } = fakeFetch(answer([]));
    expect(open(new URL(url), { fetch }).url).toBe(url);
    expect(open({ toString: () => url } as string, { fetch }).url).toBe(url);
  });

  test("fires nothing by itself, not even when fetch throws at once", async () => {
    const source = open(url, {
      fetch() {
        throw new TypeError("at once");
      },
    });
    const seen = vi.fn();
    await Promise.resolve();
    source.onerror = seen;
    expect(source.readyState).toBe(EventSource.CONNECTING);
    await until(() => seen.mock.calls.length === 1);
  });

  test("leaves time for listeners, also after an await", async () => {
    const source = EventSource.fromReadableStream(streamOf(["data: a\n\n"]));
    for (let turn = 0; turn < 20; turn++) await undefined;
    const seen: string[] = [];
    for (const type of ["open", "message", "error"]) source.addEventListener(type, () => seen.push(type));
    await until(() => source.readyState === 2);
    expect(seen).toEqual(["open", "message", "error"]);
  });
});

describe("the request", () => {
  test("is a CORS request, without a cache, and names what it accepts", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    await next(open(url, { fetch }), "open");
    expect(requests[0]?.url).toBe(url);
    expect(requests[0]?.init).toMatchObject({ mode: "cors", cache: "no-store", credentials: "same-origin" });
    expect(requests[0]?.init.signal).toBeInstanceOf(AbortSignal);
    expect(requests[0]?.headers).toEqual({ accept: "text/event-stream" });
  });

  test("includes credentials for other origins if asked to", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    const source = open(url, { fetch, withCredentials: true });
    await next(source, "open");
    expect(source.withCredentials).toBe(true);
    expect(requests[0]?.init.credentials).toBe("include");
  });

  test("is aborted by close()", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    const source = open(url, { fetch });
    await next(source, "open");
    expect(requests[0]?.init.signal?.aborted).toBe(false);
    source.close();
    expect(requests[0]?.init.signal?.aborted).toBe(true);
  });

  test("is sent by the runtime's fetch of that moment", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    vi.stubGlobal("fetch", fetch);
    await next(open(url), "open");
    expect(requests).toHaveLength(1);
  });

  test("has the headers that were given, which may replace Accept", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    await next(open(url, { fetch, headers: { "X-Token": "1", ACCEPT: "text/event-stream, */*" } }), "open");
    expect(requests[0]?.headers).toEqual({ accept: "text/event-stream, */*", "x-token": "1" });
  });

  test("has fresh headers on each attempt", async () => {
    fakeTime();
    const { fetch, requests } = fakeFetch(answer([], "end"));
    let token = 0;
    open(url, { fetch, headers: async () => ({ "X-Token": String(++token) }) });
    await untilRequests(requests, 3);
    expect(requests.slice(0, 3).map(({ headers }) => headers["x-token"])).toEqual(["1", "2", "3"]);
  });

  test("is not sent when its headers cannot be made; that is a network error", async () => {
    fakeTime();
    const { fetch, requests } = fakeFetch(answer([]));
    const failure = new Error("no token");
    const headers = vi.fn().mockRejectedValueOnce(failure).mockResolvedValue({});
    const source = open(url, { fetch, headers });
    const error = await next<EventSourceErrorEvent>(source, "error");
    expect(error.cause).toBe(failure);
    expect([source.readyState, requests.length]).toEqual([EventSource.CONNECTING, 0]);
    await untilRequests(requests, 1);
  });

  test("is not sent when close() came while its headers were made", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    let give = (_headers: Record<string, string>): void => {};
    const source = open(url, {
      fetch,
      headers: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    source.close();
    give({});
    await quiet();
    expect(requests).toHaveLength(0);
  });

  test("begins at a Last-Event-ID that was given, until the stream has its own", async () => {
    fakeTime();
    const { fetch, requests } = fakeFetch(
      answer(["data: a\n\n"], "end"),
      answer(["id: 8\ndata: b\n\n"], "end"),
    );
    open(url, { fetch, headers: { "Last-Event-ID": "7" } });
    await untilRequests(requests, 3);
    expect(requests.slice(0, 3).map(({ headers }) => headers["last-event-id"])).toEqual(["7", "7", "8"]);
  });

  test("carries a user name and password of the URL in a header, as fetch refuses them in a URL", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    const source = open("https://us%20er:p%C3%A4ss@a.example/", { fetch });
    await next(source, "open");
    expect(requests[0]?.url).toBe("https://a.example/");
    expect(requests[0]?.headers["authorization"]).toBe(
      `Basic ${Buffer.from("us er:päss").toString("base64")}`,
    );
    expect(source.url).toBe("https://us%20er:p%C3%A4ss@a.example/");
  });

  test("carries a user name without a password, too", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    await next(open("https://user@a.example/", { fetch }), "open");
    expect(requests[0]?.headers["authorization"]).toBe(`Basic ${Buffer.from("user:").toString("base64")}`);
  });

  test("prefers an Authorization header to a user name in the URL", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    await next(open("https://user@a.example/", { fetch, headers: { Authorization: "Bearer x" } }), "open");
    expect(requests[0]?.headers["authorization"]).toBe("Bearer x");
  });

  test("of a reconnect goes where a redirect led; another origin is not given the Authorization", async () => {
    fakeTime();
    const { fetch, requests } = fakeFetch(
      answer([], "end", "https://a.example/moved"),
      answer([], "end", "https://b.example/"),
      answer([], "end", "https://b.example/"),
    );
    const source = open(url, { fetch, headers: { Authorization: "Bearer x", "X-Token": "y" } });
    await untilRequests(requests, 3);
    expect(
      requests.slice(0, 3).map(({ url: to, headers }) => [to, headers["authorization"], headers["x-token"]]),
    ).toEqual([
      [url, "Bearer x", "y"],
      ["https://a.example/moved", "Bearer x", "y"],
      ["https://b.example/", undefined, "y"],
    ]);
    expect(source.url).toBe(url);
  });

  test("is never made for a scheme that fetch does not know: the connection fails", async () => {
    for (const address of [
      "ftp://example.not/",
      "about:blank",
      "mailto:whatwg@awesome.example",
      "javascript:alert('FAIL')",
    ]) {
      const source = open(address);
      const error = await next<EventSourceErrorEvent>(source, "error");
      expect(source.readyState).toBe(EventSource.CLOSED);
      expect(error).not.toBeInstanceOf(MessageEvent);
      expect("data" in error).toBe(false);
      expect([error.bubbles, error.cancelable]).toEqual([false, false]);
    }
  });

  test("is left to a fetch of one's own, whatever the scheme", async () => {
    const { fetch, requests } = fakeFetch(answer([]));
    await next(open("app://stream", { fetch }), "open");
    expect(requests[0]?.url).toBe("app://stream");
  });
});

describe("the response", () => {
  test("that is refused is named in the error's cause", async () => {
    const { fetch } = fakeFetch(
      () => new Response("no", { status: 403, headers: { "Content-Type": "text/plain" } }),
    );
    const source = open(url, { fetch });
    const { cause } = await next<EventSourceErrorEvent>(source, "error");
    expect(source.readyState).toBe(EventSource.CLOSED);
    expect(String(cause)).toContain("status 403 and content type text/plain");
  });

  test("without a body is a stream that ended", async () => {
    const { fetch } = fakeFetch(
      () => new Response(null, { headers: { "Content-Type": "text/event-stream" } }),
    );
    const source = open(url, { fetch });
    await next(source, "open");
    await next(source, "error");
    expect(source.readyState).toBe(EventSource.CONNECTING);
  });

  test("gives its events the origin of its URL after redirects", async () => {
    const { fetch } = fakeFetch(answer(["data: a\n\n"], "hold", "https://b.example:8443/x"));
    const event = await next<MessageEvent>(open(url, { fetch }), "message");
    expect(event.origin).toBe("https://b.example:8443");
  });
});

describe("listeners", () => {
  test("one that throws is reported, and stops neither the others nor the stream", async () => {
    const source = EventSource.fromReadableStream(streamOf(["data: a\n\ndata: b\n\n"]));
    const failure = new Error("thrown by a listener");
    const seen: unknown[] = [];
    source.onmessage = () => {
      throw failure;
    };
    source.addEventListener("message", (event) => seen.push(event.data));
    expect(await reportedUntil(() => source.readyState === 2)).toEqual([failure, failure]);
    expect(seen).toEqual(["a", "b"]);
  });

  test("an object as a handler is kept, and not called", async () => {
    const source = EventSource.fromReadableStream(streamOf(["data: a\n\n"]));
    const object = {};
    source.onmessage = object as () => void;
    expect(source.onmessage).toBe(object);
    expect(await reportedUntil(() => source.readyState === 2)).toEqual([]);
  });

  test("an EventTarget's options hold, and objects with handleEvent", async () => {
    const source = EventSource.fromReadableStream(streamOf(["data: a\n\ndata: b\n\n"]));
    const seen: unknown[] = [];
    source.addEventListener("message", (event) => seen.push(`once ${event.data}`), { once: true });
    source.addEventListener("message", { handleEvent: (event) => seen.push(`object ${event.data}`) });
    const removed = (): void => void seen.push("removed");
    source.addEventListener("message", removed);
    source.removeEventListener("message", removed);
    await until(() => source.readyState === 2);
    expect(seen).toEqual(["once a", "object a", "object b"]);
  });
});

describe("fromReadableStream()", () => {
  test("makes an EventSource that is connecting", () => {
    const source = EventSource.fromReadableStream(streamOf([]));
    expect(source).toBeInstanceOf(EventSource);
    expect([source.readyState, source.url, source.withCredentials]).toEqual([0, "about:event-stream", false]);
    expect([source.lastEventId, source.reconnectionTime]).toEqual(["", 3000]);
    source.close();
    expect(source.readyState).toBe(2);
  });

  test("throws a TypeError for a locked stream, and for what is none", () => {
    const stream = streamOf([]);
    stream.getReader();
    expect(() => EventSource.fromReadableStream(stream)).toThrow(TypeError);
    expect(() => EventSource.fromReadableStream({} as ReadableStream<Uint8Array>)).toThrow(TypeError);
  });

  test("opens, gives the events with the opaque origin, and fails when the stream ends", async () => {
    const source = EventSource.fromReadableStream(
      streamOf(["da", "ta: a\n\nevent: custom\ndata: b\n\ndata: cut"]),
    );
    const seen: unknown[] = [];
    const see = (event: Event): unknown =>
      seen.push([
        event.type,
        source.readyState,
        (event as MessageEvent).data,
        (event as MessageEvent).origin,
      ]);
    for (const type of ["open", "message", "custom", "error"]) source.addEventListener(type, see);
    await until(() => source.readyState === 2);
    await quiet();
    expect(seen).toEqual([
      ["open", 1, undefined, undefined],
      ["message", 1, "a", "null"],
      ["custom", 1, "b", "null"],
      ["error", 2, undefined, undefined],
    ]);
  });

  test("fails with the stream's own error as the cause", async () => {
    const failure = new Error("from the stream");
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(failure) });
    const source = EventSource.fromReadableStream(stream);
    expect((await next<EventSourceErrorEvent>(source, "error")).cause).toBe(failure);
    expect(source.readyState).toBe(2);
  });

  test("cancels the stream on close()", async () => {
    let canceled = false;
    const source = EventSource.fromReadableStream(
      new ReadableStream({
        cancel: () => {
          canceled = true;
        },
      }),
    );
    source.close();
    await until(() => canceled);
  });

  test("shows the last event id and the reconnection time as soon as a program can see them", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const source = EventSource.fromReadableStream(readable);
    opened.push(source);
    const seen: unknown[] = [];
    source.onmessage = ({ data, lastEventId }) =>
      seen.push([data, lastEventId, source.lastEventId, source.reconnectionTime]);
    await streamOf(["id: 42\nretry: 5000\nretry: bogus\ndata: a\n\n"]).pipeTo(writable, {
      preventClose: true,
    });
    expect([source.lastEventId, source.reconnectionTime]).toEqual(["42", 5000]);
    await streamOf(["data: b\n\n"]).pipeTo(writable, { preventClose: true });
    await until(() => seen.length === 2);
    expect(seen).toEqual([
      ["a", "42", "42", 5000],
      ["b", "42", "42", 5000],
    ]);
  });
});
