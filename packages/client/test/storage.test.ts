import { afterEach, describe, expect, test, vi } from "vitest";
import { createEventSource, type EventIdStorage, type EventSourceOptions } from "../src/index.js";
import { turns } from "./support/clock.js";
import { FakeServer } from "./support/fake-server.js";

class FakeStorage implements EventIdStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, id: string): void => void this.items.set(key, id);
}

function setUp(options: EventSourceOptions) {
  const server = new FakeServer();
  vi.stubGlobal("fetch", server.fetch);
  const source = createEventSource("http://host/", options);
  const errors: unknown[] = [];
  source.onLifecycle("error", ({ code }) => errors.push(code));
  return { server, source, errors };
}

afterEach(() => void vi.unstubAllGlobals());

describe("the last event id", () => {
  test.each([
    { headers: { authorization: "Bearer a" } },
    { headers: () => ({}) },
    { onRequest: () => {} },
    { fetch },
    { method: "POST" },
    { method: "POST", body: "user=a" },
  ])("is stored under a name only, where the request is more than its URL: %j", (options) => {
    const create = (name?: string) =>
      createEventSource("http://host/", {
        storage: new FakeStorage(),
        autoConnect: false,
        name,
        ...options,
      });
    expect(create).toThrow(expect.objectContaining({ code: "invalid-option", field: "name" }));
    create("mine").close();
  });

  test("is stored under the URL, or the stream's name, and the next client begins from it", async () => {
    const storage = new FakeStorage();
    for (const [options, key] of [
      [{}, "sse:http://host/"],
      [{ credentials: "include" }, "sse:include:http://host/"],
      [{ name: "mine" }, "mine"],
    ] as const) {
      const first = setUp({ storage, ...options });
      first.source.onAny(() => {});
      await turns();
      await first.server.last.send("id: 4\ndata: x\n\nid: 5\n\n");
      first.source.close();
      expect(storage.items.get(key)).toBe("5");
      const second = setUp({ storage, ...options });
      await turns();
      expect([second.server.last.lastEventId, second.source.lastEventId]).toEqual(["5", "5"]);
      second.source.close();
    }
  });

  test("is stored only after the listener returned, and not if the process ends in it", async () => {
    const storage = new FakeStorage();
    const { server, source } = setUp({ storage });
    const seen: unknown[] = [];
    source.on("message", () => seen.push(storage.getItem("sse:http://host/")));
    await turns();
    await server.last.send("id: 1\ndata:\n\n");
    await server.last.send("id: 2\ndata:\n\n");
    expect(seen).toEqual([null, "1"]);
    source.close();
  });

  test("is stored only after a loop asked for the next event", async () => {
    const storage = new FakeStorage();
    const { server, source } = setUp({ storage });
    const loop = source[Symbol.asyncIterator]();
    const first = loop.next();
    await turns();
    await server.last.send("id: 1\ndata:\n\n");
    await first;
    await turns();
    expect(storage.items.size).toBe(0);
    void loop.next();
    await turns();
    expect([...storage.items.values()]).toEqual(["1"]);
    source.close();
  });

  test("is stored as of the last event dealt with, when the client is closed within a chunk", async () => {
    const storage = new FakeStorage();
    const { server, source } = setUp({ storage });
    source.on("message", ({ data }) => data === "2" && source.close());
    await turns();
    await server.last.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n");
    expect([...storage.items.values()]).toEqual(["2"]);
  });

  test("given as an option wins over the one stored", async () => {
    const storage = new FakeStorage();
    storage.setItem("sse:http://host/", "old");
    const { server, source } = setUp({ storage, lastEventId: "new" });
    await turns();
    expect(server.last.lastEventId).toBe("new");
    source.close();
  });

  test("an async storage is asked before the first request, and awaited one write after the other", async () => {
    const writes: string[] = [];
    let finish = () => {};
    const storage: EventIdStorage = {
      getItem: async () => "stored",
      setItem: (_key, id) =>
        new Promise<void>((resolve) => {
          writes.push(id);
          finish = resolve;
        }),
    };
    const { server, source } = setUp({ storage });
    source.onAny(() => {});
    await turns();
    expect(server.last.lastEventId).toBe("stored");
    await server.last.send("id: 1\ndata:\n\n");
    await server.last.send("id: 2\ndata:\n\n");
    expect(writes).toEqual(["1"]);
    finish();
    await turns();
    expect(writes).toEqual(["1", "2"]);
    source.close();
  });

  test("is not stored again when it has not changed", async () => {
    const writes: string[] = [];
    const storage = { getItem: () => "1", setItem: (_key: string, id: string) => writes.push(id) };
    const { server, source } = setUp({ storage });
    source.onAny(() => {});
    await turns();
    await server.last.send("data: no id\n\n");
    await server.last.send("id: 2\ndata:\n\n");
    await server.last.send(": comment\n\n");
    expect(writes).toEqual(["2"]);
    source.close();
  });

  test("a storage that fails is reported, and the stream goes on without it", async () => {
    const storage: EventIdStorage = {
      getItem: () => Promise.reject(new Error("denied")),
      setItem: () => {
        throw new Error("full");
      },
    };
    const { server, source, errors } = setUp({ storage });
    const data: string[] = [];
    source.on("message", (event) => data.push(event.data));
    await turns();
    await server.last.send("id: 1\ndata: 1\n\n");
    await server.last.send("id: 2\ndata: 2\n\n");
    expect([data, errors, source.state]).toEqual([["1", "2"], Array(3).fill("handler-failed"), "open"]);
    source.close();
  });
});
