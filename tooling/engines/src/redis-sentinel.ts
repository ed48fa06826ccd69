import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { askRedis } from "./ask-redis.js";
import { Engine } from "./engine.js";
import { redisServer } from "./redis.js";

/** The name of the primary at the Sentinel. */
export const sentinelName = "sse";

/** A Redis with two replicas, and a Sentinel that promotes one of them when the primary fails. */
export class RedisSentinel {
  readonly sentinel: Engine;
  readonly servers: readonly Engine[];

  private constructor(sentinel: Engine, servers: readonly Engine[]) {
    this.sentinel = sentinel;
    this.servers = servers;
  }

  static async start(): Promise<RedisSentinel> {
    const primary = await Engine.start(redisServer());
    const replica = () => Engine.start(redisServer({ arguments: replicaArguments(primary) }));
    const servers = [primary, await replica(), await replica()];
    const started = await Engine.start({
      program: "redis-server",
      ready: { request: "PING\r\n", answer: "+PONG" },
      arguments: ({ port, folder }) => [configuration(folder, port, primary.port), "--sentinel"],
    });
    const cluster = new RedisSentinel(started, servers);
    while ((await cluster.#replicas()) < servers.length - 1) await delay(50);
    return cluster;
  }

  /** Returns the server that the Sentinel names as the primary. */
  async primary(): Promise<Engine> {
    const address = await askRedis(this.sentinel, (redis) =>
      redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinelName),
    );
    const port = Number((address as string[])[1]);
    return this.servers.find((server) => server.port === port)!;
  }

  /** Promotes a replica while the primary is well. */
  async failover(): Promise<void> {
    await askRedis(this.sentinel, (redis) => redis.call("SENTINEL", "FAILOVER", sentinelName)).catch(
      () => {},
    );
  }

  /** Returns the number of failovers so far, also of those that a slow primary has caused. */
  async failovers(): Promise<number> {
    return Number(await this.#primaryField("config-epoch"));
  }

  /** Waits until the Sentinel has a primary that is up, and promotes none; at most a minute. */
  async settle(): Promise<void> {
    const deadline = performance.now() + 60_000;
    while ((await this.#primaryField("flags")) !== "master" && performance.now() < deadline) await delay(50);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.sentinel, ...this.servers].map((engine) => engine.dispose()));
  }

  async #primaryField(name: string): Promise<string | undefined> {
    const info = await askRedis(this.sentinel, (redis) => redis.call("SENTINEL", "MASTER", sentinelName));
    const fields = info as string[];
    return fields[fields.indexOf(name) + 1];
  }

  /** Returns the number of replicas that the Sentinel could promote. */
  async #replicas(): Promise<number> {
    const info = await askRedis(this.sentinel, (redis) => redis.call("SENTINEL", "REPLICAS", sentinelName));
    return (info as string[][]).filter((fields) => fields.includes("ok")).length;
  }
}

function replicaArguments({ port }: Engine): string[] {
  return ["--replicaof", "127.0.0.1", String(port), "--repl-diskless-sync-delay", "0"];
}

/** Returns the file of the Sentinel's configuration, which it rewrites itself. */
function configuration(folder: string, port: number, primary: number): string {
  const file = join(folder, "sentinel.conf");
  if (existsSync(file)) return file;
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `sentinel monitor ${sentinelName} 127.0.0.1 ${primary} 1`,
    `sentinel down-after-milliseconds ${sentinelName} 1000`,
    `sentinel failover-timeout ${sentinelName} 4000`,
    `sentinel parallel-syncs ${sentinelName} 2`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
