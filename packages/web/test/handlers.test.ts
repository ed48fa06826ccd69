import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  createHub,
  eventStream,
  hubStream,
  publishEndpoint,
  refuse,
  SseError,
  subscriptionEndpoint,
} from "../src/index.js";

const url = "http://localhost/events";

/** The events of a body up to `count` blank lines; cancels the rest. */
async function read(response: Response, count: number): Promise<string> {
  const reader = response.body!.getReader();
  let text = "";
  while (text.split("\n\n").length <= count) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += new TextDecoder().decode(value);
  }
  await reader.cancel();
  return text;
}

describe("the further arguments of a handler", () => {
  test("reach the callbacks of streams", async () => {
    const events = eventStream((stream, _request, env: { name: string }, ctx: number) => {
      void stream.send({ data: `${env.name} ${ctx}` });
    });
    expect(await read(await events(new Request(url), { name: "worker" }, 7), 1)).toBe("data: worker 7\n\n");
    const subscribe = vi.fn((_request: Request, _env: { name: string }) => ({}));
    const joined = hubStream(createHub(), subscribe);
    const request = new Request(url);
    await read(await joined(request, { name: "worker" }), 1);
    expect(subscribe.mock.calls).toEqual([[request, { name: "worker" }]]);
  });

  test("reach authorize", async () => {
    const hub = createHub();
    const authorize = vi.fn((_request: Request, _audience: unknown, secret: string) => secret === "right");
    const publish = publishEndpoint(hub, { authorize });
    const post = (): Request =>
      new Request(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"events":[{"data":1}]}',
      });
    expect((await publish(post(), "right")).status).toBe(200);
    expect((await publish(post(), "wrong")).status).toBe(403);
    const change = vi.fn((_request: Request, _change: unknown, _secret: string) => true);
    const topics = subscriptionEndpoint(hub, { authorize: change });
    const body = '{"connection":"none","subscribe":["a"]}';
    expect((await topics(new Request(post(), { body }), "right")).status).toBe(404);
  });
});

describe("a response", () => {
  test("to a client that left while the callback was waiting has status 499 and ends at once", async () => {
    const client = new AbortController();
    let goOn = (): void => {};
    const connected = vi.fn();
    const hub = createHub();
    hub.on("connect", connected);
    const events = hubStream(hub, () => new Promise((resolve) => (goOn = () => resolve({}))));
    const responding = events(new Request(url, { signal: client.signal }));
    client.abort();
    const response = await responding;
    expect(response.status).toBe(499);
    expect(await response.text()).toBe("");
    goOn();
    await new Promise((resolve) => setImmediate(resolve));
    expect(connected).not.toHaveBeenCalled();
  });

  // On Deno a request's signal is used only while a callback is awaited.
  test.skipIf("Deno" in globalThis)(
    "to a client that left before the handler was called does not call it",
    async () => {
      const callback = vi.fn();
      const response = await eventStream(callback)(new Request(url, { signal: AbortSignal.abort() }));
      expect(response.status).toBe(499);
      expect(callback).not.toHaveBeenCalled();
    },
  );

  test("to a client of Node that left while its request waited behind another has status 499", async () => {
    const callback = vi.fn();
    const emitter = { once: () => {}, off: () => {} };
    const incoming = { socket: { ...emitter, destroyed: true, destroy: () => {} } };
    const env = { incoming, outgoing: { ...emitter, socket: null } };
    const response = await eventStream(callback)(new Request(url), env);
    expect(response.status).toBe(499);
    expect(callback).not.toHaveBeenCalled();
  });

  test("of a stream that was destroyed before its first byte fails", async () => {
    const response = await eventStream((stream) => stream.destroy())(new Request(url));
    await expect(response.text()).rejects.toMatchObject({ code: "closed" });
  });

  test("to HEAD, 204, 405 and 406 has no stream", async () => {
    const hub = createHub();
    const events = hubStream(hub);
    const head = await events(new Request(url, { method: "HEAD" }));
    expect([head.status, head.body, head.headers.get("content-type")]).toEqual([
      200,
      null,
      "text/event-stream",
    ]);
    const none = await hubStream(hub, () => Promise.reject(refuse(204)))(new Request(url));
    expect([none.status, none.body]).toEqual([204, null]);
    const put = await events(new Request(url, { method: "PUT" }));
    expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const accept = { accept: "application/json" };
    expect((await events(new Request(url, { headers: accept }))).status).toBe(406);
    expect(hub.connectionCount()).toBe(0);
  });

  test("has several lines of one header where the options give several", async () => {
    const options = { headers: { "Set-Cookie": ["a=1", "b=2"] } };
    const response = await eventStream(() => {}, options)(new Request(url));
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    await response.body?.cancel();
  });
});

describe("errors", () => {
  test("before the first byte reject, for the error path of the framework", async () => {
    const error = new Error("secret");
    const onError = vi.fn();
    const events = eventStream(() => Promise.reject(error), { onError });
    await expect(events(new Request(url))).rejects.toBe(error);
    expect(onError).not.toHaveBeenCalled();
  });

  test("after the first byte end the stream and go to onError with the request", async () => {
    const error = new Error("late");
    const onError = vi.fn();
    const request = new Request(url);
    const events = eventStream(
      async (stream) => {
        await stream.send({ data: 1 });
        throw error;
      },
      { onError },
    );
    expect(await (await events(request)).text()).toBe("data: 1\n\n");
    await vi.waitFor(() => expect(onError.mock.calls).toEqual([[error, request]]), { timeout: 100_000 });
  });

  test("of an onError that rejects are printed, and end no process", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const failure = new Error("in onError");
    const events = eventStream(
      async (stream) => {
        await stream.send({ data: 1 });
        throw new Error("late");
      },
      { onError: () => Promise.reject(failure) },
    );
    await (await events(new Request(url))).text();
    await vi.waitFor(() => expect(print.mock.calls).toEqual([[failure]]), { timeout: 100_000 });
  });

  test("of options are thrown when the handler is made", () => {
    const broken = [
      () => eventStream(() => {}, { status: 404 }),
      () => hubStream(createHub(), undefined, { highWaterMark: 0 }),
      () => Reflect.apply(publishEndpoint, undefined, [createHub()]),
      () => Reflect.apply(subscriptionEndpoint, undefined, [createHub(), {}]),
    ];
    for (const make of broken) expect(make).toThrow(SseError);
  });
});
