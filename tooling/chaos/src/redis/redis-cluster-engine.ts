import { RedisCluster } from "@sse/engines";
import type { ChaosEngine, EngineKind, RedisClientKind, ServerFault } from "../chaos-engine.js";
import type { HeldEntry } from "../evidence.js";
import { streamName } from "../names.js";
import { positionOf } from "../position.js";
import { heldEntries } from "./administration.js";
import { clusterModes, libraryOf } from "./server-faults.js";

/** A Redis Cluster of three nodes, between which the slot of the log moves. Nothing is lost. */
export const redisClusterKind: EngineKind = {
  program: "redis-server",
  modes: clusterModes,
  start: async (mode) => new RedisClusterEngine(mode, await RedisCluster.start()),
};

class RedisClusterEngine implements ChaosEngine {
  readonly name = "redis";
  readonly durable = false;
  readonly loses = false;
  readonly commandTimeout = 2_000;
  readonly positionOf = positionOf;
  readonly redisClient: RedisClientKind;
  readonly #cluster: RedisCluster;

  constructor(mode: string, cluster: RedisCluster) {
    this.redisClient = { library: libraryOf(mode), servers: "Cluster" };
    this.#cluster = cluster;
  }

  get port(): number {
    return this.#cluster.nodes[0]!.port;
  }

  portsOf(instance: number): readonly number[] {
    return [this.#cluster.nodes[instance % this.#cluster.nodes.length]!.port];
  }

  async hurt({ server }: ServerFault): Promise<void> {
    await this.#cluster.move(`{${streamName}}`, Number(server));
  }

  async held(epoch: string): Promise<HeldEntry[]> {
    return heldEntries(await this.#cluster.nodeOf(`{${streamName}}`), epoch);
  }

  dispose(): Promise<void> {
    return this.#cluster.dispose();
  }
}
