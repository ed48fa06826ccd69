import cors from "@fastify/cors";
import { fastifyHttp2, fastifySubject, fastifyWithoutParsers } from "../src/adapters/fastify.js";
import { describeAdapter, describeEndpointsOf } from "../src/describe-adapter.js";

describeAdapter(fastifySubject());
describeAdapter(fastifyHttp2);
describeAdapter({
  ...fastifySubject("@sse/fastify behind @fastify/cors", async (app) => void (await app.register(cors))),
  answersOptions: true,
});
describeEndpointsOf(fastifyWithoutParsers());
