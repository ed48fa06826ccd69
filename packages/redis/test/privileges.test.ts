import { readFileSync } from "node:fs";
import { Engine, isInstalled, redisServer } from "@sse/engines";
import { describeEventLog, describeHubBus, describeRunLog } from "@sse/testing/conformance";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisLog, type RedisLog, type RedisLogOptions } from "../src/index.js";
import { appended, entry, readAll } from "./support/logs.js";

/** Returns the words of the command in the reference that makes the user. */
function documentedUser(): string[] {
  const reference = readFileSync(new URL("../../../docs/reference/redis.md", import.meta.url), "utf8");
  const [command = ""] = /^ACL SETUSER news [^`]*/m.exec(reference) ?? [];
  return command.replaceAll("{news}", "{news*}").trim().split(/\s+/);
}

describe.runIf(isInstalled("redis-server"))("with the privileges of the reference", () => {
  let redis: Engine;
  let admin: Redis;
  let hubs = 0;

  beforeAll(async () => {
    redis = await Engine.start(redisServer());
    admin = new Redis({ port: redis.port });
    const [command, ...args] = documentedUser();
    await admin.call(command!, ...args);
    await admin.call("ACL", "SETUSER", "admin", "on", ">secret", "~*", "&*", "+@all");
    await admin.call("AUTH", "admin", "secret");
    await admin.call("ACL", "SETUSER", "default", "off");
  });
  afterAll(async () => {
    admin.disconnect();
    await redis.dispose();
  });

  test("the log also expires, evicts, forgets, removes foreign elements and begins a new epoch", async () => {
    const log = open({ key: "news", maxAge: 1, maxEvents: 10, maxEventsPerTopic: 2 });
    const start = await log.head();
    const stream = `{news}:${start.split("-")[0]}:log`;
    for (let i = 0; i < 20; i += 1) await log.append(entry(String(i)), { idempotencyKey: String(i) });
    await admin.call("XADD", stream, "*", "what", "is this");
    for (let i = 0; i < 10_100; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(entry("x", String(i + n)))));
    await readAll(log, start);
    await readAll(log, { last: 5 });
    await admin.call("SCRIPT", "FLUSH");
    await admin.del(stream);
    const later = await appended(log, entry("after"));
    expect(log.compare(start, later)).toBeNaN();
    await log.close();
  });

  function open(options: Partial<RedisLogOptions>): RedisLog {
    const client = new Redis({ port: redis.port, username: "news", password: "secret", lazyConnect: true });
    return createRedisLog({ client, key: "news", ...options });
  }

  describeEventLog("createRedisLog", ({ maxEventsPerTopic }) => {
    hubs += 1;
    const options = { key: `news${hubs}`, maxEventsPerTopic };
    return { log: open(options), another: () => open(options) };
  });

  describeRunLog("createRedisLog", () => {
    hubs += 1;
    const options = { key: `news${hubs}` };
    return { log: open(options), another: () => open(options) };
  });

  describeHubBus("createRedisLog", async () => {
    const logs = [open({}), open({})] as const;
    return {
      bus: logs[0].bus,
      another: () => logs[1].bus,
      dispose: async () => {
        for (const log of logs) await log.close();
      },
    };
  });
});
