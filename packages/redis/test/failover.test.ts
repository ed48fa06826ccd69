import { Engine, isInstalled, redisServer } from "@sse/engines";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog, type RedisClient, type RedisLog } from "../src/index.js";
import { appended, entry, Follower, readAll, until } from "./support/logs.js";

const release: (() => unknown)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

/** A client that connects to whatever is the master at that moment, as one with Sentinel does. */
function clientOf(master: () => Engine): RedisClient {
  const template = new Redis({ lazyConnect: true });
  return {
    call: (command: string) => template.call(command),
    duplicate: (options: object) => new Redis({ ...options, port: master().port }),
  };
}

describe.runIf(isInstalled("redis-server"))("a replica that lags and becomes the master", () => {
  test("is another life of the log for all instances: what it never got is announced as a gap, although its offsets run ahead", async () => {
    const first = await Engine.start(redisServer());
    release.push(() => first.dispose());
    const replica = await Engine.start(
      redisServer({ arguments: ["--replicaof", "127.0.0.1", String(first.port)] }),
    );
    release.push(() => replica.dispose());
    let master = first;
    const open = (): RedisLog => {
      const log = createRedisLog({ client: clientOf(() => master), key: "hub", commandTimeout: 1_000 });
      release.push(() => log.close());
      return log;
    };

    const log = open();
    const follower = await Follower.of(log);
    await log.append(entry("replicated"));
    const admin = new Redis({ port: replica.port });
    while ((await admin.dbsize()) < 3);
    replica.pause();
    for (const data of ["lost 1", "lost 2"]) await log.append(entry(data));
    await follower.has("lost 2");
    const lost = follower.entries.at(-1)!.position;

    await first.kill();
    replica.resume();
    await admin.call("REPLICAOF", "NO", "ONE");
    admin.disconnect();
    master = replica;

    const other = open();
    for (const data of ["1", "2", "3", "4"]) await appended(other, entry(data));
    await until(() => follower.resets.length === 2);
    const { data, gaps } = await readAll(log, lost);
    expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
    expect(data).toEqual(["1", "2", "3", "4"]);
    await log.append(entry("5"));
    await follower.has("5");
  });
});
