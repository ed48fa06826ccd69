import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { type IORedisLike, ioredisDriver } from "../src/ioredis.js";

test("a connection leaves a primary that Sentinel has demoted, which would acknowledge what is lost", async () => {
  const made: Redis[] = [];
  const template = new Redis({
    sentinels: [{ host: "127.0.0.1", port: 1 }],
    name: "main",
    lazyConnect: true,
  });
  const client: IORedisLike = {
    call: (command: string) => template.call(command),
    duplicate: (options: object) => {
      made.push(template.duplicate(options));
      return made.at(-1);
    },
  };
  expect(template.options.failoverDetector).toBe(false);
  const connection = ioredisDriver(client).connect();
  connection.ready.catch(() => {});
  expect(made.map(({ options }) => options.failoverDetector)).toEqual([true]);
  connection.destroy();
});
