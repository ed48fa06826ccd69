import { refuse } from "@sse/core";
import { describe, expect, test } from "vitest";
import type { Harness } from "../harness.js";

/** Describes the events of one stream. */
export function describeEvents({ start }: Harness): void {
  describe("one stream", () => {
    test("carries events, comments and the reconnection time as they were sent", async () => {
      const { get } = await start({
        "/": {
          stream: async (stream) => {
            await stream.send({ event: "price", id: "1", data: { symbol: "AAPL" } });
            await stream.comment("note");
            await stream.setRetry(3000);
            await stream.send({ data: "two\nlines" });
          },
        },
      });
      const { body } = await get("/");
      expect(await body.all()).toBe(
        'event: price\nid: 1\ndata: {"symbol":"AAPL"}\n\n: note\nretry: 3000\ndata: two\ndata: lines\n\n',
      );
      expect(await body.end).toBe("ended");
    });

    test("carries text in every script, and half a megabyte in one event", async () => {
      const texts = ["Grüße, 世界 🌍", "x€".repeat(125_000)];
      const { get } = await start({
        "/": { stream: (stream) => stream.sendAll(texts.map((data) => ({ data }))) },
      });
      const { body } = await get("/");
      expect((await body.all()) === texts.map((text) => `data: ${text}\n\n`).join("")).toBe(true);
    });

    test("carries each event at once, without waiting for the next", async () => {
      const next: (() => void)[] = [];
      const { get } = await start({
        "/": {
          stream: async (stream) => {
            for (const data of ["1", "2", "3"]) {
              await stream.send({ data });
              await new Promise<void>((resolve) => next.push(resolve));
            }
          },
        },
      });
      const { body } = await get("/");
      for (const data of ["1", "2", "3"]) {
        await body.until(`data: ${data}\n\n`);
        next.shift()?.();
      }
      expect(await body.end).toBe("ended");
    });

    test("stays open when the callback returns nothing, until it is closed", async () => {
      let close = (): void => {};
      const { get } = await start({
        "/": {
          stream: (stream) => {
            void stream.send({ data: "hello" });
            close = () => {
              void stream.send({ data: "goodbye" });
              stream.close();
            };
          },
        },
      });
      const { body } = await get("/");
      await body.until("hello");
      close();
      expect(await body.all()).toBe("data: hello\n\ndata: goodbye\n\n");
      expect(await body.end).toBe("ended");
    });

    test("is complete and empty when an async callback sends nothing", async () => {
      const { get } = await start({ "/": { stream: async () => {} } });
      const { status, headers, body } = await get("/");
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/event-stream");
      expect(await body.all()).toBe("");
      expect(await body.end).toBe("ended");
    });

    test("is kept alive by comments", async () => {
      const { get } = await start({ "/": { stream: () => {}, options: { heartbeat: 5 } } });
      const { body } = await get("/");
      await body.until(":\n:\n:\n");
    });

    test("is not started by a heartbeat: until it is, its callback can refuse", async () => {
      let settle = (): void => {};
      const decision = new Promise<void>((resolve) => {
        settle = resolve;
      });
      const options = { heartbeat: 5 };
      const { get } = await start({
        "/": { stream: () => decision.then(() => Promise.reject(refuse(401))), options },
        "/started": { stream: (stream) => void stream.comment(""), options },
      });
      const refused = get("/");
      // Meanwhile a stream that has been started receives several.
      const { body } = await get("/started");
      await body.until(":\n:\n:\n:\n");
      settle();
      expect((await refused).status).toBe(401);
    });

    test("is served to POST, too", async () => {
      const { get } = await start({ "/": { stream: (stream) => stream.send({ data: 1 }).then(() => {}) } });
      const { body } = await get("/", { method: "POST" });
      expect(await body.all()).toBe("data: 1\n\n");
    });

    test.each([
      ["the header", "/", { "Last-Event-ID": "from-header" }, "from-header"],
      ["the query", "/?lastEventId=from%20query", {}, "from query"],
      ["the header before the query", "/?lastEventId=query", { "Last-Event-ID": "header" }, "header"],
      ["nowhere", "/", {}, ""],
    ])("knows the client's last event id from %s", async (_where, path, headers, expected) => {
      const { get } = await start({
        "/": {
          stream: async (stream, request) => {
            await stream.send({ data: { lastEventId: stream.lastEventId, method: request.method } });
          },
        },
      });
      const { body } = await get(path, { headers });
      expect(await body.all()).toBe(`data: {"lastEventId":"${expected}","method":"GET"}\n\n`);
    });
  });
}
