import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { createRedisLog, type RedisLogOptions } from "../src/index.js";

const client = new Redis({ lazyConnect: true });

describe("createRedisLog", () => {
  test.each<[string, unknown, string]>([
    ["neither client nor url", { key: "k" }, "client"],
    ["both client and url", { key: "k", client, url: "redis://localhost" }, "client"],
    ["no key", { client }, "key"],
    ["an empty key", { client, key: "" }, "key"],
    ["a key with a brace, which would move the slot", { client, key: "a}b" }, "key"],
    ["a client that is none", { client: {}, key: "k" }, "client"],
    ["null as client", { client: null, key: "k" }, "client"],
    ["a negative count", { client, key: "k", maxEvents: -1 }, "maxEvents"],
    ["a fraction of an entry", { client, key: "k", maxEventsPerTopic: 1.5 }, "maxEventsPerTopic"],
    ["an age that is no number", { client, key: "k", maxAge: "1" }, "maxAge"],
    ["a bad bound of a topic", { client, key: "k", topics: { a: { maxAge: -1 } } }, "topics.a.maxAge"],
    ["no time for a command", { client, key: "k", commandTimeout: 0 }, "commandTimeout"],
    ["more time than a timer has", { client, key: "k", commandTimeout: 2 ** 31 }, "commandTimeout"],
    ["no time for idempotency keys", { client, key: "k", idempotencyWindow: 0 }, "idempotencyWindow"],
  ])("refuses %s", (_what, options, field) => {
    expect(() => createRedisLog(options as RedisLogOptions)).toThrow(
      expect.objectContaining({ code: "invalid-option", field }),
    );
  });

  test.each([
    ["ioredis", client],
    ["node-redis", createClient()],
  ])("takes a client of %s, and connects nothing before it is used", async (_name, template) => {
    const log = createRedisLog({ client: template, key: "k" });
    await log.close();
    expect(client.status).toBe("wait");
  });
});
