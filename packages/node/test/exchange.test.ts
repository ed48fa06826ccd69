import { describe, expect, test } from "vitest";
import { prepareEventStream, prepareHubStream, sendPlainResponse } from "../src/adapter.js";
import { createHub, type EventStream, refuse } from "../src/index.js";
import { ask, closed, http1, responseTo, textOf, until } from "./support/server.js";

describe("a framework that answers by itself", () => {
  test.each([
    ["is refused", refuse(401, { body: "no\n" }), 401],
    ["has failed", new Error("failed"), 500],
  ])(
    "finds the stream of a callback that %s closed, and the response untouched",
    async (_what, error, status) => {
      const serve = prepareEventStream({});
      let stream: EventStream | undefined;
      const { port } = await http1(async (request, response) => {
        const served = serve({ request, response, onError: () => {} }, (opened) => {
          stream = opened;
          return Promise.reject(error);
        });
        const answer = await served.catch(() => ({ status: 500, headers: {}, body: "failed\n" }));
        await stream?.done;
        expect(await stream?.send({ data: "too late" })).toBe(false);
        expect([response.headersSent, response.getHeaderNames()]).toEqual([false, []]);
        if (answer) sendPlainResponse(response, answer);
      });
      const response = await responseTo(ask(port));
      expect(response.statusCode).toBe(status);
      expect(await textOf(response)).toBe(status === 401 ? "no\n" : "failed\n");
    },
  );

  test("is told when a stream has begun, or that the client has left: it has nothing to answer", async () => {
    const serve = prepareHubStream(createHub(), {});
    const outcomes: unknown[] = [];
    const { port } = await http1(async (request, response) => {
      const exchange = { request, response, onStart: () => void outcomes.push("start"), onError: () => {} };
      outcomes.push(
        await serve(exchange, () => {
          if (request.url === "/gone") {
            request.socket.destroy();
            return new Promise(() => {});
          }
          return {};
        }),
      );
    });
    await responseTo(ask(port));
    expect(outcomes).toEqual(["start", undefined]);
    await closed(ask(port, { path: "/gone" }));
    await until(() => outcomes.length === 3);
    expect(outcomes).toEqual(["start", undefined, undefined]);
  });

  test("is told nothing twice: an answer is sent only while the response is untouched", async () => {
    const { port } = await http1((_request, response) => {
      const answer = { status: 403, headers: { "x-mine": "1" }, body: "first\n" };
      sendPlainResponse(response, answer);
      sendPlainResponse(response, { ...answer, body: "second\n" });
    });
    const response = await responseTo(ask(port));
    expect([response.statusCode, response.headers["x-mine"], await textOf(response)]).toEqual([
      403,
      "1",
      "first\n",
    ]);
  });
});
