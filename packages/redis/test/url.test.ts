import { Engine, isInstalled, redisServer } from "@sse/engines";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createRedisLog } from "../src/index.js";
import { codeOf, entry, readAll } from "./support/logs.js";

const missing = () => {
  throw new Error("Cannot find package");
};

describe.runIf(isInstalled("redis-server"))("a log with a url", () => {
  let redis: Engine;
  beforeAll(async () => {
    redis = await Engine.start(redisServer());
  });
  afterAll(() => redis.dispose());
  afterEach(() => {
    vi.doUnmock("ioredis");
    vi.doUnmock("redis");
  });

  test.each([
    ["ioredis", ["redis"]],
    ["node-redis", ["ioredis"]],
  ])("uses %s if that is what is installed", async (key, others) => {
    for (const other of others) vi.doMock(other, missing);
    const log = createRedisLog({ url: `redis://127.0.0.1:${redis.port}`, key });
    await log.append(entry("a"));
    expect((await readAll(log, { last: 1 })).data).toEqual(["a"]);
    await log.close();
  });

  test("says what to install if there is no client library", async () => {
    vi.doMock("ioredis", missing);
    vi.doMock("redis", missing);
    const log = createRedisLog({ url: `redis://127.0.0.1:${redis.port}`, key: "none" });
    expect(await codeOf(log.append(entry("a")))).toBe("invalid-option");
    await expect(log.head()).rejects.toThrow("npm install ioredis");
    await log.close();
  });
});
