import { describe, expect, test } from "vitest";
import type { Harness } from "../harness.js";

/** The head of the response. */
export function describeHead({ start, requireAbility }: Harness): void {
  describe("the head", () => {
    test("is that of an event stream, and nothing in it hinders the stream", async () => {
      const { get } = await start({ "/": { stream: () => {} } }, { "Content-Length": "5" });
      const { status, headers } = await get("/");
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "content-type": "text/event-stream",
        "cache-control": "no-cache, no-store, no-transform",
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
      });
      for (const name of ["content-length", "content-encoding"]) expect(headers).not.toHaveProperty(name);
    });

    test("says nothing of the connection", async (context) => {
      requireAbility("noConnectionHeader", context);
      const { get } = await start({ "/": { stream: () => {} } });
      const { headers } = await get("/");
      for (const name of ["connection", "keep-alive"]) expect(headers).not.toHaveProperty(name);
    });

    test("arrives at once, with a first byte, although nothing was sent", async () => {
      const { get } = await start({ "/": { stream: () => {} } });
      const { body } = await get("/");
      expect(await body.until("\n")).toBe(":\n");
    });

    test("keeps what middleware has set, lists included", async () => {
      const { get } = await start(
        { "/": { stream: () => {} } },
        { "X-Request-Id": "7", "Set-Cookie": ["a=1", "b=2"], Vary: "Origin" },
      );
      const { headers } = await get("/");
      expect(headers).toMatchObject({ "x-request-id": "7", "set-cookie": ["a=1", "b=2"], vary: "Origin" });
    });

    test("takes the route's status and headers; cookies and Vary are added, others replace", async () => {
      const options = {
        status: 201,
        headers: { "Set-Cookie": "c=3", vary: "Accept", "cache-control": "no-cache", "X-Request-Id": "8" },
      };
      const { get } = await start(
        { "/": { stream: () => {}, options } },
        { "X-Request-Id": "7", "Set-Cookie": ["a=1", "b=2"], Vary: "Origin" },
      );
      const { status, headers } = await get("/");
      expect(status).toBe(201);
      expect(headers).toMatchObject({
        "x-request-id": "8",
        "set-cookie": ["a=1", "b=2", "c=3"],
        vary: expect.stringMatching(/^Origin, Accept(,|$)/),
        "cache-control": "no-cache",
      });
    });
  });
}
