import { refuse, SseError } from "@sse/core";
import { createHub, type Subscription } from "@sse/hub";
import { expect, test } from "vitest";
import type { HubRoute, StreamRoute } from "../adapters/subject.js";
import type { Harness } from "../harness.js";

const secret = "password of the database";

const fine: StreamRoute = { stream: (stream) => stream.send({ data: "fine" }).then(() => {}) };

const failing: [string, StreamRoute | HubRoute][] = [
  [
    "eventStream, at once",
    {
      stream: () => {
        throw new Error(secret);
      },
    },
  ],
  [
    "eventStream, later",
    {
      stream: async () => {
        await Promise.resolve();
        throw new Error(secret);
      },
    },
  ],
  [
    "hubStream, at once",
    {
      hub: createHub(),
      subscribe: () => {
        throw new Error(secret);
      },
    },
  ],
  ["hubStream, later", { hub: createHub(), subscribe: () => Promise.reject(new Error(secret)) }],
  [
    "the hub",
    {
      hub: {
        probe: () => Promise.resolve(),
        connect: () => {
          throw new Error(secret);
        },
      },
    },
  ],
];

/** Errors of the application. */
export function describeErrors({ start }: Harness): void {
  test.each(failing)(
    "an error of %s is a 500 without internals and goes the framework's way; the server goes on",
    async (_who, route) => {
      const { get, nextError } = await start({ "/": route, "/fine": fine }, { "X-Request-Id": "7" });
      const { status, headers, body } = await get("/");
      expect(status).toBe(500);
      expect(headers["content-type"]).not.toContain("event-stream");
      expect(await body.all()).not.toContain(secret);
      expect((await nextError()).message).toBe(secret);
      expect(await (await get("/fine")).body.all()).toBe("data: fine\n\n");
    },
  );

  test.each([undefined, null, "news"])("%j is no subscription: a 500", async (nothing) => {
    const route: HubRoute = { hub: createHub(), subscribe: () => nothing as unknown as Subscription };
    const { get, nextError } = await start({ "/": route });
    expect((await get("/")).status).toBe(500);
    expect(await nextError()).toMatchObject({ code: "handler-failed" });
  });

  test("a callback that throws nothing has failed like any other", async () => {
    const { get, nextError } = await start({ "/": { stream: () => Promise.reject(undefined) } });
    expect((await get("/")).status).toBe(500);
    expect(await nextError()).toMatchObject({ code: "handler-failed" });
  });

  test("an error after the first byte ends the stream in order and goes the framework's way; the server goes on", async () => {
    const { get, nextError } = await start({
      "/": {
        stream: async (stream) => {
          await stream.send({ data: "before" });
          throw new Error("after the first byte");
        },
      },
      "/fine": fine,
    });
    const { status, body } = await get("/");
    expect(status).toBe(200);
    expect(await body.all()).toBe("data: before\n\n");
    expect(await body.end).toBe("ended");
    expect((await nextError()).message).toBe("after the first byte");
    expect(await (await get("/fine")).body.all()).toBe("data: fine\n\n");
  });

  test("a refusal after the first byte is an error: it comes too late", async () => {
    const { get, nextError } = await start({
      "/": {
        stream: async (stream) => {
          await stream.send({ data: "before" });
          throw refuse(401);
        },
      },
    });
    const { status, body } = await get("/");
    expect(status).toBe(200);
    expect(await body.end).toBe("ended");
    expect((await nextError()).message).toContain("401");
  });

  test("an event that has no wire form is an error of the callback that awaits it", async () => {
    const { get, nextError } = await start({
      "/": { stream: (stream) => stream.send({ event: "two\nlines" }).then(() => {}) },
    });
    expect((await get("/")).status).toBe(500);
    expect(await nextError()).toBeInstanceOf(SseError);
  });
}
