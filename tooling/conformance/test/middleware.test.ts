import fastifyCompress from "@fastify/compress";
import type { EventStream } from "@sse/core";
import { createHub } from "@sse/hub";
import compression from "compression";
import cors from "cors";
import helmet from "helmet";
import { compress as honoCompress } from "hono/compress";
import { cors as honoCors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { timing } from "hono/timing";
import koaCompress from "koa-compress";
import { describe, expect, onTestFinished, test } from "vitest";
import { expressSubject } from "../src/adapters/express.js";
import { fastifySubject } from "../src/adapters/fastify.js";
import { koaSubject } from "../src/adapters/koa.js";
import type { Application } from "../src/adapters/subject.js";
import { webSubject } from "../src/adapters/web.js";
import { attemptHttp1, type ClientResponse } from "../src/client.js";

/**
 * Applications behind the middleware that most of them have; with thresholds that spare nothing.
 */
const subjects = {
  "Express: compression, helmet, cors": expressSubject("", compression({ threshold: 0 }), helmet(), cors()),
  "Fastify: @fastify/compress": fastifySubject(
    "",
    async (app) => void (await app.register(fastifyCompress, { threshold: 0 })),
  ),
  "Koa: koa-compress": koaSubject("", koaCompress({ threshold: 0 })),
  "Hono: compress, cors, secureHeaders, timing": webSubject(
    honoCompress({ threshold: 0 }),
    honoCors(),
    secureHeaders(),
    timing(),
  ),
};

describe.each(Object.entries(subjects))("%s", (_name, subject) => {
  async function get(
    routes: Application["routes"],
    headers: Record<string, string> = {},
  ): Promise<ClientResponse> {
    const running = await subject.start({ routes, headers: {}, onError: () => {} });
    onTestFinished(() => running.stop());
    const { response, leave } = attemptHttp1(running.port, "/", { headers });
    onTestFinished(leave);
    return response;
  }

  test("each event arrives at once and uncompressed, and leaving is noticed", async () => {
    let stream: EventStream | undefined;
    const opened = (one: EventStream): void => {
      stream = one;
    };
    const { headers, body, leave } = await get({ "/": { stream: opened } });
    expect(headers["content-encoding"]).toBeUndefined();
    await body.until(":\n");
    for (const data of ["1", "2", "3"]) {
      await stream?.send({ data });
      await body.until(`data: ${data}\n\n`);
    }
    leave();
    await stream?.done;
  });

  test("a client resumes", async () => {
    const hub = createHub();
    const seen = await hub.broadcast({ data: "seen" });
    await hub.broadcast({ data: "missed" });
    const { body } = await get({ "/": { hub } }, { "Last-Event-ID": seen });
    expect((await body.until("sse:live")).match(/^data: \w+$/gm)).toEqual(["data: missed"]);
    await hub.close();
  });
});
