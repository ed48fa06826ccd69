import cors from "@fastify/cors";
import { fastifyHttp2, fastifySubject } from "../src/adapters/fastify.js";
import { describeAdapter } from "../src/describe-adapter.js";

describeAdapter(fastifySubject());
describeAdapter(fastifyHttp2);
describeAdapter(
  fastifySubject("@sse/fastify behind @fastify/cors", async (app) => void (await app.register(cors))),
);
