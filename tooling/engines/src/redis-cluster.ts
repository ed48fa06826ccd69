import { setTimeout as delay } from "node:timers/promises";
import { askRedis } from "./ask-redis.js";
import { Engine } from "./engine.js";
import { freePort } from "./free-port.js";
import { redisServer } from "./redis.js";

/** The first slot of each node, and the number of slots. */
const slots = [0, 5_461, 10_923, 16_384] as const;

/** A Redis Cluster of three nodes without replicas. */
export class RedisCluster {
  readonly nodes: readonly Engine[];

  private constructor(nodes: readonly Engine[]) {
    this.nodes = nodes;
  }

  static async start(): Promise<RedisCluster> {
    const nodes: Engine[] = [];
    const busPorts: number[] = [];
    for (let node = 0; node < slots.length - 1; node++) {
      const busPort = await freePort();
      busPorts.push(busPort);
      nodes.push(await Engine.start(redisServer({ arguments: nodeArguments(busPort) })));
    }
    for (const [index, node] of nodes.entries())
      await askRedis(node, (redis) =>
        redis.call("CLUSTER", "ADDSLOTSRANGE", String(slots[index]), String(slots[index + 1]! - 1)),
      );
    for (const [index, { port }] of nodes.entries())
      if (index > 0)
        await askRedis(nodes[0]!, (redis) =>
          redis.call("CLUSTER", "MEET", "127.0.0.1", String(port), String(busPorts[index])),
        );
    for (const node of nodes) while (!(await isComplete(node))) await delay(50);
    return new RedisCluster(nodes);
  }

  /** Returns the node that has the slot of a key. */
  async nodeOf(key: string): Promise<Engine> {
    const slot = await this.#slotOf(key);
    for (const node of this.nodes) {
      const own = await askRedis(node, (redis) => redis.call("CLUSTER", "SHARDS"));
      const id = await idOf(node);
      const shard = (own as unknown[][]).find((fields) => JSON.stringify(fields).includes(id));
      const ranges = (shard?.[1] ?? []) as number[];
      for (let i = 0; i < ranges.length; i += 2)
        if (ranges[i]! <= slot && slot <= ranges[i + 1]!) return node;
    }
    throw new Error(`no node has the slot of ${key}`);
  }

  /** Moves the slot of a key to another node, with its keys, while it is used. */
  async move(key: string, to: number): Promise<void> {
    const slot = String(await this.#slotOf(key));
    const from = await this.nodeOf(key);
    const target = this.nodes[to]!;
    if (from === target) return;
    const [source, destination] = [await idOf(from), await idOf(target)];
    await askRedis(target, (redis) => redis.call("CLUSTER", "SETSLOT", slot, "IMPORTING", source));
    await askRedis(from, (redis) => redis.call("CLUSTER", "SETSLOT", slot, "MIGRATING", destination));
    await askRedis(from, async (redis) => {
      for (;;) {
        const keys = (await redis.call("CLUSTER", "GETKEYSINSLOT", slot, "20")) as string[];
        if (keys.length === 0) return;
        await redis.call(
          ...(["MIGRATE", "127.0.0.1", String(target.port), "", "0", "5000", "KEYS"] as const),
          ...keys,
        );
      }
    });
    for (const node of [target, from, ...this.nodes])
      await askRedis(node, (redis) => redis.call("CLUSTER", "SETSLOT", slot, "NODE", destination));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
  }

  #slotOf(key: string): Promise<number> {
    return askRedis(this.nodes[0]!, (redis) => redis.cluster("KEYSLOT", key));
  }
}

function nodeArguments(busPort: number): string[] {
  return [
    ...["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"],
    ...["--cluster-port", String(busPort), "--cluster-node-timeout", "5000"],
  ];
}

async function isComplete(node: Engine): Promise<boolean> {
  const info = await askRedis(node, (redis) => redis.cluster("INFO"));
  return info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:3");
}

function idOf(node: Engine): Promise<string> {
  return askRedis(node, (redis) => redis.call("CLUSTER", "MYID") as Promise<string>);
}
