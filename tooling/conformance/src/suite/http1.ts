import { once } from "node:events";
import type { EventStream } from "@sse/core";
import { refuse } from "@sse/core";
import { until } from "@sse/testing";
import { describe, expect, test } from "vitest";
import type { Harness } from "../harness.js";
import { settled } from "../settled.js";

const get = ["GET / HTTP/1.1", "Host: localhost"];

/** Describes the parts of HTTP/1 that HTTP/2 lacks. */
export function describeHttp1({ start, requireAbility }: Harness): void {
  describe("HTTP/1", () => {
    test("a client of HTTP/1.1 gets chunks, and no Connection header", async (context) => {
      requireAbility("noConnectionHeader", context);
      const { connect } = await start({ "/": { stream: (stream) => void stream.send({ data: "hello" }) } });
      const { send, body } = await connect();
      send(...get);
      const text = await body.until("hello");
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text.toLowerCase()).toContain("\r\ntransfer-encoding: chunked\r\n");
      expect(text.toLowerCase()).not.toMatch(/\r\n(connection|keep-alive):/);
      await body.until("\r\n\r\nd\r\ndata: hello\n\n\r\n");
    });

    test.each([[], ["Connection: keep-alive"]])(
      "a client of HTTP/1.0 gets the bare events, and the end of the connection as their end %s",
      async (...headers) => {
        const { connect } = await start({
          "/": { stream: async (stream) => void (await stream.send({ data: "hello" })) },
        });
        const { send, body } = await connect();
        send("GET / HTTP/1.0", ...headers);
        const text = await body.all();
        expect(text.slice(text.indexOf("\r\n\r\n"))).toBe("\r\n\r\ndata: hello\n\n");
        expect(text.toLowerCase()).not.toContain("transfer-encoding");
        expect(text.toLowerCase()).not.toContain("keep-alive");
      },
    );

    test("a client that asks for it is told that the connection closes", async (context) => {
      requireAbility("announceClose", context);
      const { connect } = await start({
        "/": { stream: async (stream) => void (await stream.send({ data: "hello" })) },
      });
      const { send, body } = await connect();
      send(...get, "Connection: close");
      expect((await body.all()).toLowerCase()).toContain("\r\nconnection: close\r\n");
    });

    test("a connection serves on after a refusal, a wrong method, an error and a stream that ended", async () => {
      const { connect } = await start({
        "/": { stream: async (stream) => void (await stream.send({ data: "hello" })) },
        "/refused": { stream: () => Promise.reject(refuse(401, { body: "refused\n" })) },
        "/failed": { stream: () => Promise.reject(new Error("failed")) },
      });
      const { send, body } = await connect();
      send(
        "POST /refused HTTP/1.1",
        "Host: localhost",
        "Content-Type: text/plain",
        "Content-Length: 8",
        "",
        "body",
      );
      await body.until("refused\n");
      send("PUT / HTTP/1.1", "Host: localhost", "Content-Length: 0");
      await body.until("405");
      send("GET /failed HTTP/1.1", "Host: localhost");
      await body.until("500");
      for (const round of [1, 2]) {
        send(...get);
        await until(() => body.text.split("data: hello\n\n").length > round);
      }
      expect(body.text.match(/HTTP\/1\.1 \d+/g)).toEqual(
        [401, 405, 500, 200, 200].map((status) => `HTTP/1.1 ${status}`),
      );
    });

    test("a pipelined request is served after the one before it, with every event in order", async (context) => {
      requireAbility("pipelining", context);
      let release = (): void => {};
      let first = false;
      let sent = 0;
      const { connect } = await start({
        "/first": {
          stream: () => {
            first = true;
            return new Promise((_, reject) => (release = () => reject(refuse(403))));
          },
        },
        "/": {
          stream: async (opened) => {
            for (; sent < 500; sent++) await opened.send({ data: `${sent} ${"x".repeat(1000)}` });
          },
        },
      });
      const { send, body } = await connect();
      send("GET /first HTTP/1.1", "Host: localhost", "", ...get);
      await until(() => first);
      expect(await settled(() => sent)).toBeLessThan(250);
      expect(body.text).toBe("");
      release();
      await body.until("data: 499 ");
      expect(body.text).toMatch(/^HTTP\/1\.1 403 /);
      expect([...body.text.matchAll(/data: (\d+) /g)].map(([, number]) => Number(number))).toEqual(
        Array.from({ length: 500 }, (_, number) => number),
      );
    });

    test("a pipelined stream that never gets its turn is never opened", async (context) => {
      requireAbility("pipelining", context);
      const streams: EventStream[] = [];
      const { connect } = await start({
        "/first": {
          stream: (opened) => {
            streams.push(opened);
            return new Promise(() => {});
          },
        },
        "/": { stream: (opened) => void streams.push(opened) },
      });
      const { send, socket } = await connect();
      send("GET /first HTTP/1.1", "Host: localhost", "", ...get);
      await until(() => streams.length > 0);
      socket.destroy();
      await Promise.all(streams.map(({ done }) => done));
      expect(streams).toHaveLength(1);
    });

    test("a connection on which many streams wait for their turn is closed", async (context) => {
      requireAbility("pipelining", context);
      const { connect } = await start({ "/": { stream: () => new Promise(() => {}) } });
      const { send, socket } = await connect();
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.on("error", () => {});
      for (let sent = 0; sent < 20; sent += 1) send(...get);
      await closed;
    });

    test("a pipelined stream that is destroyed leaves the answer before it whole", async (context) => {
      requireAbility("pipelining", context);
      let release: (() => void) | undefined;
      const { connect } = await start({
        "/first": {
          stream: () =>
            new Promise((_, reject) => (release = () => reject(refuse(403, { body: "whole\n" })))),
        },
        "/": { stream: (opened) => opened.destroy() },
      });
      const { send, body } = await connect();
      send("GET /first HTTP/1.1", "Host: localhost", "", ...get);
      await until(() => release !== undefined);
      release?.();
      // A framework may send the head of another answer before it cuts the connection.
      expect(await body.all()).toMatch(/^HTTP\/1\.1 403 [\s\S]*whole\n(\r\n0\r\n\r\n)?($|HTTP)/);
    });

    test.each([
      ["resets the connection", "resetAndDestroy"],
      ["closes its side", "end"],
    ] as const)("a client that %s has left", async (_how, method) => {
      let stream: EventStream | undefined;
      const { connect } = await start({
        "/": {
          stream: (opened) => {
            stream = opened;
          },
        },
      });
      const { send, socket, body } = await connect();
      send(...get);
      await body.until(":\n");
      const closed = once(socket, "close");
      socket[method]();
      await stream?.done;
      expect(stream?.signal.aborted).toBe(true);
      await closed;
    });
  });
}
