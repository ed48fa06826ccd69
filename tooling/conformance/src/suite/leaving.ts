import type { EventStream } from "@sse/core";
import { createHub, type Subscription } from "@sse/hub";
import { describe, expect, test } from "vitest";
import type { Harness } from "../harness.js";

/** A promise that the test settles. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Clients that disconnect. */
export function describeLeaving({ start }: Harness): void {
  describe("a client that leaves", () => {
    test("aborts the stream's signal; sends answer false", async () => {
      const opened = deferred<EventStream>();
      const { get } = await start({ "/": { stream: (stream) => opened.resolve(stream) } });
      const { leave } = await get("/");
      const stream = await opened.promise;
      const aborted = new Promise((resolve) => stream.signal.addEventListener("abort", resolve));
      leave();
      await aborted;
      expect(stream.closed).toBe(true);
      expect(await stream.send({ data: 1 })).toBe(false);
      await stream.done;
    });

    test("stops the source that is being sent", async () => {
      const stopped = deferred<void>();
      async function* forever(): AsyncGenerator<{ data: number }> {
        try {
          for (let data = 0; ; data++) yield { data };
        } finally {
          stopped.resolve();
        }
      }
      const { get } = await start({ "/": { stream: (stream) => stream.sendAll(forever()) } });
      const { body, leave } = await get("/");
      await body.until("data: 0\n\n");
      leave();
      await stopped.promise;
    });

    test("is no error, though the callback threw what the signal gave it", async () => {
      const opened = deferred<EventStream>();
      const { get, nextError, errors } = await start({
        "/": {
          stream: async (stream) => {
            await stream.send({ data: 1 });
            opened.resolve(stream);
            await new Promise((_, reject) => {
              stream.signal.addEventListener("abort", () => reject(stream.signal.reason));
            });
          },
        },
        "/real": { stream: () => Promise.reject(new Error("real")) },
      });
      const { leave } = await get("/");
      const stream = await opened.promise;
      leave();
      await stream.done;
      await get("/real");
      await nextError();
      expect(errors.map(({ message }) => message)).toEqual(["real"]);
    });

    test("while the callback still waits, finds a closed stream there, and is reported as nothing", async () => {
      const asked = deferred<EventStream>();
      const goOn = deferred<void>();
      const sent = deferred<boolean>();
      const { attempt, errors, get } = await start({
        "/": {
          stream: async (stream) => {
            asked.resolve(stream);
            await goOn.promise;
            sent.resolve(await stream.send({ data: 1 }));
          },
        },
        "/fine": { stream: (stream) => stream.send({ data: "fine" }).then(() => {}) },
      });
      const { leave } = attempt("/");
      const stream = await asked.promise;
      leave();
      await stream.done;
      goOn.resolve();
      expect(await sent.promise).toBe(false);
      expect(await (await get("/fine")).body.all()).toBe("data: fine\n\n");
      expect(errors).toEqual([]);
    });

    test("closes its connection to the hub", async () => {
      const hub = createHub();
      const disconnected = deferred<unknown>();
      hub.on("disconnect", ({ reason }) => disconnected.resolve(reason));
      const { get } = await start({ "/": { hub, subscribe: () => ({ topics: ["news"], user: "ann" }) } });
      const { body, leave } = await get("/");
      await body.until("sse:live");
      expect([hub.connectionCount(), hub.connectionCount("news"), hub.isOnline("ann")]).toEqual([1, 1, true]);
      leave();
      expect(await disconnected.promise).toBe("client");
      expect([hub.connectionCount(), hub.connectionCount("news"), hub.isOnline("ann")]).toEqual([
        0,
        0,
        false,
      ]);
    });

    test("while it is asked what the client may follow, is never connected to the hub", async () => {
      const hub = createHub();
      const connected: unknown[] = [];
      hub.on("connect", (event) => connected.push(event));
      const asked = deferred<void>();
      const goOn = deferred<Subscription>();
      const gone = deferred<void>();
      const { attempt, get } = await start({
        "/": {
          hub,
          subscribe: (request) => {
            request.socket.once("close", () => gone.resolve());
            asked.resolve();
            return goOn.promise;
          },
        },
        "/fine": { hub },
      });
      const { leave } = attempt("/");
      await asked.promise;
      leave();
      await gone.promise;
      goOn.resolve({ topics: ["news"] });
      await (await get("/fine")).body.until("sse:live");
      expect(connected).toHaveLength(1);
      expect(hub.connectionCount()).toBe(1);
    });
  });
}
