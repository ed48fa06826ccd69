import fastifyCompress from "@fastify/compress";
import compression from "compression";
import cors from "cors";
import helmet from "helmet";
import { compress as honoCompress } from "hono/compress";
import { cors as honoCors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { timing } from "hono/timing";
import koaCompress from "koa-compress";
import { describe, test } from "vitest";
import { expressSubject } from "../src/adapters/express.js";
import { fastifySubject } from "../src/adapters/fastify.js";
import { koaSubject } from "../src/adapters/koa.js";
import { webSubject } from "../src/adapters/web.js";
import { expectDelivery, expectResume, type StartBehind, startAlone } from "../src/behind.js";

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
  const start: StartBehind = (routes) => startAlone(subject, routes);

  test("each event arrives at once and uncompressed, and leaving is noticed", () => expectDelivery(start));

  test("a client resumes", () => expectResume(start));
});
