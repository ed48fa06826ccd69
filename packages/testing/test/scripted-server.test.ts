import { parseEvents } from "@sse/core";
import { describe, expect, test } from "vitest";
import { collect, createScriptedServer, type ScriptedServer } from "../src/index.js";

const url = "http://localhost/events";

/** Opens a stream, and returns its events as they come. */
async function connect(server: ScriptedServer, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
  const response = await server.fetch(url, { headers });
  return { response, events: parseEvents(response) };
}

describe("a scripted server", () => {
  test("begins as a hub does, and remembers the request", async () => {
    const server = createScriptedServer({ retry: 5 });
    const { response } = await connect(server);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const [live] = await collect(response, 1, { controlEvents: true });
    expect(live).toMatchObject({ event: "sse:live", id: "1-0" });
    expect(server.requests).toMatchObject([{ url, lastEventId: "" }]);
  });

  test("sends after `drop` what a client missed, and no gap", async () => {
    const server = createScriptedServer();
    const { events } = await connect(server);
    await events.next();
    const seen = server.send({ data: "1" });
    expect((await events.next()).value).toMatchObject({ data: "1", id: seen });
    server.drop();
    await expect(events.next()).rejects.toThrow("terminated");
    expect(server.connections).toBe(0);
    server.send({ data: "2" });
    const { response } = await connect(server, seen);
    const resumed = await collect(response, 2, { controlEvents: true });
    expect(resumed.map(({ event, data }) => [event, data])).toEqual([
      ["message", "2"],
      ["sse:live", expect.stringContaining('"replayed":1')],
    ]);
  });

  test("keeps back between `stall` and `flow` what it sends", async () => {
    const server = createScriptedServer();
    const { events } = await connect(server);
    await events.next();
    server.stall();
    server.send({ data: "1" });
    let received = false;
    const next = events.next().then(({ value }) => {
      received = true;
      return value;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBe(false);
    server.flow();
    expect(await next).toMatchObject({ data: "1" });
  });

  test.each<["gap" | "restart", string]>([
    ["gap", "evicted"],
    ["restart", "epoch"],
  ])("tells of a gap after `%s`, with the reason %s", async (command, reason) => {
    const server = createScriptedServer();
    const seen = server.send({ data: "1" });
    server[command]();
    server.send({ data: "after" });
    const { response } = await connect(server, seen);
    const [gap, after] = await collect(response, 2, { controlEvents: true });
    expect(gap).toMatchObject({ event: "sse:gap" });
    expect(JSON.parse(gap!.data)).toMatchObject({ reason, requested: seen });
    expect(after).toMatchObject({ data: "after" });
  });

  test.each(["", "nonsense", "1-99", "7-é"])("an unknown id %j is a gap, or a first connect", async (id) => {
    const server = createScriptedServer();
    const { response } = await connect(server, id);
    const [first] = await collect(response, 1, { controlEvents: true });
    expect(first).toMatchObject({ event: id === "" ? "sse:live" : "sse:gap" });
  });

  test("refuses and fails the next requests, in this order", async () => {
    const server = createScriptedServer();
    server.refuse(503, { "Retry-After": "1" });
    server.fail();
    const refused = await server.fetch(url);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    await expect(server.fetch(url)).rejects.toThrow("fetch failed");
    expect((await server.fetch(url)).status).toBe(200);
  });

  test("ends its streams when it is closed, and refuses requests", async () => {
    const server = createScriptedServer();
    const { response } = await connect(server);
    server.close();
    expect(await response.text()).toContain("sse:live");
    await expect(server.fetch(url)).rejects.toMatchObject({ code: "closed" });
  });
});
