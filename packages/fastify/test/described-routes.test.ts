import Fastify, { type RouteOptions } from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { createHub, describeEvents, eventStream, hubStream, sse } from "../src/index.js";

/** Registers routes, and returns their schemas by path. */
async function schemas(add: (app: ReturnType<typeof Fastify>) => void) {
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(sse);
  const found: Record<string, { response?: Record<string, unknown> } | undefined> = {};
  app.addHook("onRoute", (route: RouteOptions) => {
    if (route.method === "GET") found[route.url] = route.schema as object;
  });
  add(app);
  await app.ready();
  return found;
}

const hub = createHub({ events: { goal: z.object({ team: z.string() }) } });

describe("the schema of a route with an event stream", () => {
  test("describes the events of a hub, its own included", async () => {
    const found = await schemas((app) => app.get("/goals", hubStream(hub)));
    const { content } = describeEvents(hub);
    expect(found["/goals"]?.response?.["200"]).toMatchObject({ content });
  });

  test("describes a stream without a hub as any events", async () => {
    const found = await schemas((app) =>
      app.get(
        "/time",
        eventStream(() => {}),
      ),
    );
    expect(found["/time"]?.response?.["200"]).toMatchObject({
      content: { "text/event-stream": { itemSchema: { oneOf: [{ required: ["data"] }] } } },
    });
  });

  test("keeps what the application says", async () => {
    const schema = { response: { 200: { description: "mine", type: "string" } }, summary: "Goals" };
    const found = await schemas((app) => app.get("/goals", { schema }, hubStream(hub)));
    expect(found["/goals"]).toMatchObject({ summary: "Goals", response: { 200: { description: "mine" } } });
  });

  test("keeps no application with a schema without a JSON form from starting", async () => {
    const dated = createHub({ events: { tick: z.object({ at: z.date() }) } });
    const found = await schemas((app) => app.get("/ticks", hubStream(dated)));
    expect(found["/ticks"]?.response?.["200"]).toMatchObject({ content: describeEvents(dated).content });
  });

  test("leaves other routes alone", async () => {
    const found = await schemas((app) => app.get("/plain", async () => "text"));
    expect(found["/plain"]).toBeUndefined();
  });
});
