import { refuse } from "@sse/core";
import { createHub, type Hub, type Subscription } from "@sse/hub";
import { describe, expect, test } from "vitest";
import type { HubRoute, StreamRoute } from "../adapters/subject.js";
import type { Harness } from "../harness.js";

/** Both entry functions, with a callback that throws or returns an error, at once or later. */
const throwing: [string, (error: () => Error) => StreamRoute | HubRoute][] = [
  ["eventStream, returned", (error) => ({ stream: () => error() as never })],
  ["eventStream, returned later", (error) => ({ stream: async () => error() as never })],
  ["hubStream, returned", (error) => ({ hub: createHub(), subscribe: () => error() as never })],
  ["hubStream, returned later", (error) => ({ hub: createHub(), subscribe: async () => error() as never })],
  [
    "eventStream, at once",
    (error) => ({
      stream: () => {
        throw error();
      },
    }),
  ],
  [
    "eventStream, later",
    (error) => ({
      stream: async () => {
        await Promise.resolve();
        throw error();
      },
    }),
  ],
  [
    "hubStream, at once",
    (error) => ({
      hub: createHub(),
      subscribe: () => {
        throw error();
      },
    }),
  ],
  [
    "hubStream, later",
    (error) => ({
      hub: createHub(),
      subscribe: async () => {
        await Promise.resolve();
        throw error();
      },
    }),
  ],
];

/** Answers that are no stream. */
export function describePlainAnswers({ start }: Harness): void {
  describe.each(throwing)("a refusal before the first byte, by %s", (_when, route) => {
    test("is answered with its status, headers and body, and what middleware has set", async () => {
      const refusal = (): Error =>
        refuse(401, { headers: { "WWW-Authenticate": "Bearer", "set-cookie": "b=2" }, body: "No token.\n" });
      const { get, errors } = await start(
        { "/": route(refusal) },
        { "Set-Cookie": ["a=1"], "X-Request-Id": "7" },
      );
      const { status, headers, body } = await get("/");
      expect(status).toBe(401);
      expect(headers).toMatchObject({
        "www-authenticate": "Bearer",
        "x-request-id": "7",
        "set-cookie": ["a=1", "b=2"],
      });
      expect(headers["content-type"]).toMatch(/^text\/plain; ?charset=utf-8$/);
      expect(headers).not.toHaveProperty("x-accel-buffering");
      expect(await body.all()).toBe("No token.\n");
      expect(errors).toEqual([]);
    });

    test("is the answer to HEAD as well", async () => {
      const { get } = await start({ "/": route(() => refuse(401, { headers: { "X-Why": "token" } })) });
      const { status, headers } = await get("/", { method: "HEAD" });
      expect([status, headers["x-why"]]).toEqual([401, "token"]);
    });

    test("may come from another copy of the package", async () => {
      const copy = { name: "SseError", code: "refused", status: 402 };
      const { get, errors } = await start({ "/": route(() => Object.assign(new Error("copy"), copy)) });
      expect((await get("/")).status).toBe(402);
      expect(errors).toEqual([]);
    });

    test.each([204, 403])("may be %i with nothing else", async (wanted) => {
      const { get } = await start({ "/": route(() => refuse(wanted)) });
      const { status, headers, body } = await get("/");
      expect(status).toBe(wanted);
      expect(headers["content-type"] ?? "").not.toContain("event-stream");
      expect(await body.all()).toBe("");
      expect(await body.end).toBe("ended");
    });

    test("may say what its body is", async () => {
      const headers = { "Content-Type": "application/json" };
      const { get } = await start({ "/": route(() => refuse(400, { headers, body: '{"error":"symbol"}' })) });
      const response = await get("/");
      expect(response.headers["content-type"]).toMatch(/^application\/json/);
      expect(await response.body.all()).toBe('{"error":"symbol"}');
    });
  });

  describe.each([
    ["eventStream", ["GET", "POST", "HEAD"], "PUT"],
    ["hubStream", ["GET", "HEAD"], "POST"],
  ])("%s", (kind, allowed, refused) => {
    function route(options: { methods?: string[]; status?: number; headers?: Record<string, string> } = {}): {
      route: StreamRoute | HubRoute;
      calls: string[];
    } {
      const calls: string[] = [];
      const stream: StreamRoute = { stream: () => void calls.push("stream"), options };
      const hub: HubRoute = {
        hub: createHub(),
        subscribe: () => {
          calls.push("hub");
          return {};
        },
        options,
      };
      return { route: kind === "hubStream" ? hub : stream, calls };
    }

    test("answers another method with 405 and what is allowed", async () => {
      const { route: served, calls } = route();
      const { get } = await start({ "/": served });
      const { status, headers, body } = await get("/", { method: refused });
      expect(status).toBe(405);
      expect(headers["allow"]).toBe(allowed.join(", "));
      expect(headers["content-type"]).toMatch(/^text\/plain/);
      expect(await body.all()).toBe(`${refused} is not allowed here, only ${allowed.join(", ")}.\n`);
      expect(calls).toEqual([]);
    });

    test("serves the methods that it is told to", async () => {
      const { route: served } = route({ methods: ["PUT"] });
      const { get } = await start({ "/": served });
      expect((await get("/", { method: "PUT" })).status).toBe(200);
      const { status, headers } = await get("/");
      expect(status).toBe(405);
      expect(headers["allow"]).toBe("PUT");
    });

    test("answers a client that takes no event streams with 406", async () => {
      const { route: served, calls } = route();
      const { get } = await start({ "/": served });
      const { status, body } = await get("/", { headers: { Accept: "text/html, */*;q=0" } });
      expect(status).toBe(406);
      expect(await body.all()).toBe("Only text/event-stream is offered here.\n");
      expect(calls).toEqual([]);
    });

    test.each(["text/event-stream", "*/*", "text/html, text/*;q=0.1"])(
      "serves Accept: %s",
      async (accept) => {
        const { route: served } = route();
        const { get } = await start({ "/": served });
        expect((await get("/", { headers: { Accept: accept } })).status).toBe(200);
      },
    );

    // A bad one is the framework's error, and Koa never ends such a response to HEAD over HTTP/2.
    test.each<[string, Subscription, number]>([
      ["has expired", { expires: new Date(0) }, 401],
      ["names a topic that is none", { topics: ["t".repeat(257)] }, 400],
      ["names a user that is none", { user: "u".repeat(257) }, 400],
      ["resumes from what is gone", { lastEventId: "gone-1", controlEvents: false }, 410],
    ])("answers HEAD as GET where a subscription %s", async (_, subscription, status) => {
      const { get } = await start({ "/": { hub: createHub(), subscribe: () => subscription } });
      expect((await get("/")).status).toBe(status);
      expect((await get("/", { method: "HEAD" })).status).toBe(status);
    });

    test("answers HEAD with the head that GET has, without a connection", async () => {
      const { route: served, calls } = route({ status: 201, headers: { "X-Mine": "1" } });
      const { get } = await start({ "/": served }, { "X-Request-Id": "7" });
      const { status, headers, body } = await get("/", { method: "HEAD" });
      expect(status).toBe(201);
      expect(headers).toMatchObject({ "x-request-id": "7", "x-mine": "1", "x-accel-buffering": "no" });
      expect(headers["content-type"]).toMatch(/^text\/event-stream/);
      expect(await body.all()).toBe("");
      expect(calls).toHaveLength(1);
      if ("hub" in served) expect((served.hub as Hub).connectionCount()).toBe(0);
    });
  });
}
