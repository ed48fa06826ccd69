import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Engine, isInstalled, redisServer } from "@sse/engines";
import { createHub, type Hub } from "@sse/hub";
import { hubStream, subscriptionEndpoint } from "@sse/node";
import { afterEach, describe, expect, test } from "vitest";
import { createRedisLog } from "../src/index.js";
import { drivers } from "./support/clients.js";
import { until } from "./support/logs.js";

const release: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const free of release.splice(0).reverse()) await free();
});

/** Reads a stream until a text has come. */
async function readUntil(url: string, last: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { headers });
  let read = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    read += chunk;
    if (read.includes(last)) return read;
  }
  throw new Error(`the stream ended before ${last}`);
}

describe.runIf(isInstalled("redis-server")).each(drivers)("two instances with %s", (_name, clientOf) => {
  async function instance(redis: Engine): Promise<{ hub: Hub; url: string }> {
    const log = createRedisLog({ client: clientOf(redis.port), key: "hub" });
    const hub = createHub({ log });
    const stream = hubStream(hub, () => ({ topics: ["a"], user: "ann" }));
    const topics = subscriptionEndpoint(hub, {
      authorize: ({ headers }, { connection }) => headers.authorization === connection.user,
    });
    const server = createServer((request, response) =>
      request.method === "POST" ? topics(request, response) : stream(request, response),
    ).listen(0, "127.0.0.1");
    release.push(
      () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      },
      () => log.close(),
      () => hub.close(),
    );
    await new Promise((resolve) => server.once("listening", resolve));
    return { hub, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  }

  test("are one hub: what one publishes reaches the clients of the other, and they resume anywhere", async () => {
    const redis = await Engine.start(redisServer());
    release.push(() => redis.dispose());
    const [one, two] = [await instance(redis), await instance(redis)];
    const live = readUntil(two.url, "data: 3");
    await until(() => two.hub.connections()[0]?.state === "live");
    const ids = [];
    for (const data of ["1", "2", "3"]) ids.push(await one.hub.publish("a", { data }));
    expect((await live).match(/data: \d/g)).toEqual(["data: 1", "data: 2", "data: 3"]);
    for (const { url } of [one, two]) {
      const resumed = await readUntil(url, "data: 3", { "Last-Event-ID": ids[0]! });
      expect(resumed.match(/data: \d/g)).toEqual(["data: 2", "data: 3"]);
      expect(resumed).not.toContain("sse:gap");
    }
  });

  test("let a client change its topics at either, and no one else", async () => {
    const redis = await Engine.start(redisServer());
    release.push(() => redis.dispose());
    const [one, two] = [await instance(redis), await instance(redis)];
    const live = readUntil(two.url, "data: last");
    await until(() => two.hub.connections()[0]?.state === "live");
    const connection = two.hub.connections()[0]!.id;
    const change = async (url: string, authorization: string, topic: string) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: authorization },
        body: JSON.stringify({ connection, subscribe: [topic] }),
      });
      return { status: response.status, ...((await response.json()) as { topics?: string[] }) };
    };
    expect(await change(one.url, "bob", "secret")).toMatchObject({ status: 403 });
    expect(await change(one.url, "ann", "b")).toEqual({ status: 200, topics: ["a", "b"] });
    expect(await change(two.url, "ann", "c")).toEqual({ status: 200, topics: ["a", "b", "c"] });
    await one.hub.publish("secret", { data: "of bob" });
    await one.hub.publish("b", { data: "of b" });
    await one.hub.publish("c", { data: "last" });
    expect((await live).match(/data: (of|last).*/g)).toEqual(["data: of b", "data: last"]);
  });
});
