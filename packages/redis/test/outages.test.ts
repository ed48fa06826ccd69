import { CuttableLink, Engine, isInstalled, type RedisOptions, redisServer } from "@sse/engines";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog, type RedisLog, type RedisLogOptions } from "../src/index.js";
import { drivers } from "./support/clients.js";
import { appended, codeOf, entry, Follower, readAll, until } from "./support/logs.js";

const release: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

async function started(options?: RedisOptions): Promise<Engine> {
  const redis = await Engine.start(redisServer(options));
  release.push(() => redis.dispose());
  return redis;
}

async function linkTo(redis: Engine): Promise<CuttableLink> {
  const link = await CuttableLink.to(redis.port);
  release.push(() => link.close());
  return link;
}

// Time-outs are waited for, and there are many.
describe.runIf(isInstalled("redis-server")).each(drivers)("with %s", (_name, clientOf) => {
  function open({ port }: { port: number }, options: Partial<RedisLogOptions> = {}): RedisLog {
    const log = createRedisLog({ client: clientOf(port), key: "hub", commandTimeout: 1_000, ...options });
    release.push(() => log.close());
    return log;
  }

  describe("a Redis that was killed and started again", () => {
    test("without persistence is another life of the log: followers are reset, old positions are gaps", async () => {
      const redis = await started();
      const log = open(redis);
      const follower = await Follower.of(log);
      const old = await appended(log, entry("lost"));
      await follower.has("lost");
      await redis.kill();
      await redis.start();
      await until(() => follower.resets.length === 2);
      const fresh = await appended(log, entry("new"));
      await follower.has("new");
      expect(log.compare(old, fresh)).toBeNaN();
      expect(follower.data).toEqual(["lost", "new"]);
      const { data, gaps } = await readAll(log, old);
      expect(data).toEqual(["new"]);
      expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
    });

    test("that is durable goes on: nothing is lost, and followers miss nothing", async () => {
      const redis = await started({ persistence: "appendonly" });
      const log = open(redis, { durable: true });
      const follower = await Follower.of(log);
      const first = await appended(log, entry("before"));
      await redis.kill();
      await redis.start();
      const second = await appended(log, entry("after"));
      await follower.has("after");
      expect(log.compare(first, second)).toBeLessThan(0);
      expect(follower.resets).toHaveLength(1);
      expect(follower.data).toEqual(["before", "after"]);
      expect(await readAll(log, first)).toEqual({ data: ["after"], gaps: [] });
    });

    test("that is said not to be durable is another life of the log, although it kept everything", async () => {
      const redis = await started({ persistence: "appendonly" });
      const log = open(redis, { durable: false });
      const old = await appended(log, entry("before"));
      await redis.kill();
      await redis.start();
      const fresh = await appended(log, entry("after"));
      expect(log.compare(old, fresh)).toBeNaN();
    });

    test("and went back to a snapshot is another life of the log, although its offsets have run ahead meanwhile", async () => {
      const redis = await started({ persistence: "snapshot" });
      const log = open(redis);
      const follower = await Follower.of(log);
      await appended(log, entry("saved"));
      await ask(redis, "SAVE");
      const lost = await log.append(entry("lost"));
      await follower.has("lost");
      await redis.kill();
      await redis.start();
      const other = open(redis);
      for (const data of ["1", "2", "3", "4"]) await appended(other, entry(data));
      await until(() => follower.resets.length === 2);
      const { data, gaps } = await readAll(log, lost);
      expect(gaps.map(({ reason }) => reason)).toEqual(["epoch"]);
      expect(data).toEqual(["1", "2", "3", "4"]);
    });

    test("and is behind what was seen is another life of the log, whatever was said of it; all instances follow", async () => {
      const redis = await started({ persistence: "snapshot" });
      const [log, other] = [open(redis, { durable: true }), open(redis, { durable: true })];
      await appended(log, entry("saved"));
      await ask(redis, "SAVE");
      const lost = await log.append(entry("lost"));
      await redis.kill();
      await redis.start();
      const follower = await Follower.of(other);
      expect(other.compare(follower.resets[0]!, lost)).toBeLessThan(0);
      const fresh = await appended(log, entry("new"));
      await until(() => follower.resets.length === 2);
      await other.append(entry("newer"));
      await follower.has("newer");
      expect(log.compare(lost, fresh)).toBeNaN();
      expect(other.compare(fresh, follower.entries.at(-1)!.position)).toBeLessThan(0);
    });
  });

  describe("without an answer", () => {
    test("appends reject as not stored where Redis cannot be reached, and work again once it can", async () => {
      const redis = await started();
      const log = open(redis);
      await appended(log, entry("before"));
      await redis.kill();
      const codes = await Promise.all(["1", "2", "3"].map((data) => codeOf(log.append(entry(data)))));
      expect(new Set([...codes, "log-unavailable", "append-timeout"]).size).toBe(2);
      expect(await codeOf(log.append(entry("4")))).toBe("log-unavailable");
      expect(await codeOf(log.head())).toBe("log-unavailable");
      await redis.start();
      await appended(log, entry("after"));
      expect((await readAll(log, { last: 10 })).data).toEqual(["after"]);
    });

    test("appends to a Redis that has stopped reject as perhaps stored; once it goes on, followers get everything in one piece", async () => {
      const redis = await started();
      const log = open(redis);
      const follower = await Follower.of(log);
      await appended(log, entry("before"));
      redis.pause();
      expect(await codeOf(log.append(entry("in doubt")))).toBe("append-timeout");
      expect(await codeOf(log.append(entry("never sent")))).toBe("log-unavailable");
      await until(() => follower.errors.length > 0);
      redis.resume();
      await appended(log, entry("after"));
      await follower.has("after");
      expect(follower.resets).toHaveLength(1);
      const { data } = await readAll(log, { last: 10 });
      expect(follower.data).toEqual(data);
      expect(data.filter((read) => read !== "in doubt")).toEqual(["before", "after"]);
    });

    test("a follower is told once of an outage, and again of the next", async () => {
      const redis = await started({ persistence: "appendonly" });
      const log = open(redis, { durable: true });
      const follower = await Follower.of(log);
      for (const outage of [1, 2]) {
        await redis.kill();
        await until(() => follower.errors.length === outage);
        expect(await codeOf(log.append(entry("no")))).not.toBe("none");
        await redis.start();
        await appended(log, entry(`after ${outage}`));
        await follower.has(`after ${outage}`);
      }
      expect(follower.errors).toHaveLength(2);
    });

    test("close ends everything at once: what waits rejects", async () => {
      const redis = await started();
      const log = open(redis);
      await Follower.of(log);
      log.bus.listen({ reset() {}, message() {}, error() {} });
      redis.pause();
      const waiting = [codeOf(log.append(entry("a"))), codeOf(log.head()), codeOf(log.bus.send("m"))];
      await log.close();
      const [append, head, send] = await Promise.all(waiting);
      expect(["append-timeout", "closed"]).toContain(append);
      expect([head, send]).toEqual(["closed", "closed"]);
    });
  });

  describe("a link that is cut", () => {
    test("at random bytes during appends loses nothing that was acknowledged, repeats nothing, and reports nothing as stored that is not", async () => {
      const redis = await started();
      const link = await linkTo(redis);
      const [log, direct] = [open(link), open(redis)];
      const [near, far] = [await Follower.of(log), await Follower.of(direct)];
      const acknowledged: string[] = [];
      const doubtful = new Set<string>();
      const random = randomNumbers(7);
      for (let round = 0; round < 30; round += 1) {
        link.cutAfter(random(6_000));
        const names = Array.from({ length: 20 }, (_, i) => `${round}/${i}`);
        await Promise.all(
          names.map(async (name) => {
            const code = await codeOf(log.append(entry(name)));
            if (code === "none") acknowledged.push(name);
            else if (code === "append-timeout") doubtful.add(name);
            else expect(code).toBe("log-unavailable");
          }),
        );
      }
      await appended(direct, entry("last"));
      await near.has("last");
      await far.has("last");

      const { data, gaps } = await readAll(direct, { last: 1_000 });
      expect(gaps).toEqual([]);
      expect(new Set(data).size).toBe(data.length);
      expect(data.filter((name) => !doubtful.has(name))).toEqual([...acknowledged, "last"]);
      expect(far.data).toEqual(data);
      expect(near.data).toEqual(data);
      expect(near.resets).toHaveLength(1);
      expect(acknowledged.length).toBeGreaterThan(100);
    });

    test("makes no duplicate of an append that is repeated with its idempotency key", async () => {
      const redis = await started();
      const link = await linkTo(redis);
      const log = open(link);
      const random = randomNumbers(11);
      const names = Array.from({ length: 60 }, (_, i) => String(i));
      for (const name of names) {
        link.cutAfter(random(1_500));
        while ((await codeOf(log.append(entry(name), { idempotencyKey: name }))) !== "none");
      }
      expect((await readAll(log, { last: 1_000 })).data).toEqual(names);
    });

    test("for so long that the log no longer holds what came meanwhile resets followers", async () => {
      const redis = await started();
      const link = await linkTo(redis);
      const options = { maxEvents: 5 };
      const [log, direct] = [open(link, options), open(redis, options)];
      const follower = await Follower.of(log);
      await appended(log, entry("before"));
      await follower.has("before");
      link.sever();
      for (let i = 0; i < 20; i += 1) await direct.append(entry(String(i)));
      link.mend();
      await follower.has("19");
      expect(follower.resets).toHaveLength(2);
      expect(follower.data).toEqual(["before", "15", "16", "17", "18", "19"]);
    });
  });

  describe("data that are no longer as they were", () => {
    test("deleted by another program are another life of the log", async () => {
      const redis = await started();
      const log = open(redis);
      const follower = await Follower.of(log);
      const old = await appended(log, entry("before"));
      await ask(redis, "FLUSHALL");
      await until(() => follower.resets.length === 2);
      const fresh = await appended(log, entry("after"));
      await follower.has("after");
      expect(log.compare(old, fresh)).toBeNaN();
    });

    test("of another program are reported with a clear error, and left out", async () => {
      const redis = await started();
      const log = open(redis);
      const follower = await Follower.of(log);
      const position = await appended(log, entry("before"));
      const stream = `{hub}:${position.split("-")[0]}:log`;
      await ask(redis, `XADD ${stream} 2-0 what "is this"`);
      await until(() => follower.errors.length > 0);
      expect(follower.errors[0]).toMatchObject({
        code: "invalid-event",
        message: expect.stringContaining("key"),
      });
      await log.append(entry("after"));
      await follower.has("after");
      expect(await readAll(log, position)).toEqual({ data: ["after"], gaps: [] });
    });

    test("of another kind under its key are refused with a clear error", async () => {
      const redis = await started();
      const log = open(redis);
      await ask(redis, 'SET {hub}:meta "a text"');
      expect(await codeOf(log.append(entry("a")))).toBe("log-unavailable");
      expect(await codeOf(log.head())).toBe("log-unavailable");
    });

    test("are not changed where Redis has no memory left, and the append says that it was not stored", async () => {
      const redis = await started({ arguments: ["--maxmemory-policy", "noeviction"] });
      const log = open(redis);
      const before = await appended(log, entry("before"));
      await ask(redis, "CONFIG SET maxmemory 1");
      expect(await codeOf(log.append(entry("too much")))).toBe("log-unavailable");
      await ask(redis, "CONFIG SET maxmemory 0");
      await log.append(entry("after"));
      expect(await readAll(log, before)).toEqual({ data: ["after"], gaps: [] });
    });

    test("survive that the scripts are forgotten", async () => {
      const redis = await started();
      const log = open(redis);
      const before = await appended(log, entry("before"));
      await ask(redis, "SCRIPT FLUSH");
      await appended(log, entry("after"));
      expect(await readAll(log, before)).toEqual({ data: ["after"], gaps: [] });
    });
  });
});

/** Sends a command as a line of text, and answers the first line of the reply. */
async function ask({ port }: Engine, line: string): Promise<string> {
  const { connect } = await import("node:net");
  const socket = connect(port, "127.0.0.1");
  socket.write(`${line}\r\n`);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("error", reject);
  });
  socket.destroy();
  expect(String(answer)).not.toMatch(/^-/);
  return String(answer);
}

/** Whole numbers below a limit, the same in each run. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 1 + Math.floor((state / 2 ** 31) * limit);
  };
}
