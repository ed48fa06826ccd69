import { setTimeout as delay } from "node:timers/promises";
import { askRedis, Engine, redisServer } from "@sse/engines";
import type { ChaosEngine, EngineKind, LostEntry, NatsLoss, RedisLoss, Removal } from "../chaos-engine.js";
import type { HeldEntry } from "../evidence.js";
import { positionOf } from "../position.js";
import { evictKeys, heldEntries, heldEntry } from "./administration.js";

/** The log moves to a replica that missed some entries, and back; both run on. */
type BackMode = "back";
type LossyMode = "none" | "appendonly" | "snapshot" | "replica";
/** The modes in which one instance is silent. The server itself keeps running. */
type SilentMode = "flush" | "evict" | "trim" | "address";
/**
 * The modes in which nothing is lost: many instances, of which one publishes; many clients; two
 * versions of the packages; answers.
 */
type CrowdedMode = "ten" | "backlog" | "versions" | "runs";

const crowdedModes: readonly Mode[] = ["ten", "backlog", "versions", "runs"] satisfies CrowdedMode[];
type Mode = LossyMode | SilentMode | CrowdedMode | BackMode;

const silentModes: readonly Mode[] = ["flush", "evict", "trim", "address"] satisfies SilentMode[];

/** The keys that a `DEL` deletes. */
const deletedKeys: Readonly<Record<Exclude<RedisLoss, "FLUSHDB" | "eviction of keys">, RegExp>> = {
  "DEL of all keys": /(?:)/,
  "DEL of the stream and the state": /:(?:log|meta)$/,
  "DEL of the stream": /:log$/,
  "DEL of the state": /:meta$/,
};

/**
 * A Redis that loses everything, nothing, the writes after a snapshot, or those that its replica
 * has not received.
 */
export const redisKind: EngineKind = {
  program: "redis-server",
  modes: ["none", "appendonly", "snapshot", "replica"] satisfies LossyMode[],
  namedModes: [...silentModes, ...crowdedModes, "back" satisfies BackMode],
  start: (mode) => RedisEngine.start(mode as Mode),
};

class RedisEngine implements ChaosEngine {
  readonly name = "redis";
  readonly durable: boolean;
  readonly loses: boolean;
  readonly volatile = false;
  readonly positionOf = positionOf;
  readonly #mode: Mode;
  #primary: Engine;
  #replica: Engine | undefined;
  /** The servers that were replaced, and still run. */
  readonly #former: Engine[] = [];

  private constructor(mode: Mode, primary: Engine, replica: Engine | undefined) {
    this.#mode = mode;
    this.durable = persistenceOf(mode) === "appendonly";
    this.loses = !this.durable;
    this.#primary = primary;
    this.#replica = replica;
  }

  static async start(mode: Mode): Promise<RedisEngine> {
    const persistence = persistenceOf(mode);
    const primary = await Engine.start(redisServer({ persistence }));
    const hasReplica = mode === "replica" || mode === "back";
    const replica = hasReplica ? await Engine.start(replicaOf(primary)) : undefined;
    return new RedisEngine(mode, primary, replica);
  }

  get port(): number {
    return this.#primary.port;
  }

  /** Decides how often an instance looks whether its address leads to another server. */
  get commandTimeout(): number | undefined {
    return this.#mode === "address" ? 1_500 : undefined;
  }

  async loseData(loss: RedisLoss | NatsLoss): Promise<void> {
    await askRedis(this.#primary, async (redis) => {
      if (loss === "FLUSHDB") return redis.flushdb();
      if (loss === "eviction of keys") return evictKeys(redis);
      const keys = (await redis.keys("*")).filter((key) =>
        deletedKeys[loss as keyof typeof deletedKeys].test(key),
      );
      return keys.length === 0 ? 0 : redis.del(...keys);
    });
  }

  async removeEntries(by: Removal, count: number): Promise<readonly LostEntry[]> {
    return askRedis(this.#primary, async (redis) => {
      const [stream] = (await redis.keys("*")).filter((key) => key.endsWith(":log"));
      if (stream === undefined) return [];
      const newest = await redis.xrevrange(stream, "+", "-", "COUNT", count);
      const oldest = newest.at(-1)?.[0];
      if (oldest === undefined) return [];
      const removed = by === "XDEL" ? newest : await redis.xrange(stream, "-", `(${oldest}`);
      if (by === "XTRIM") await redis.xtrim(stream, "MINID", oldest);
      else await redis.xdel(stream, ...newest.map(([id]) => id));
      return removed.map(heldEntry);
    });
  }

  async replace(): Promise<void> {
    const next = await Engine.start(redisServer());
    this.#former.push(this.#primary);
    this.#primary = next;
  }

  async prepareLoss(): Promise<void> {
    if (this.#mode === "snapshot") await askRedis(this.#primary, (redis) => redis.save());
    if (this.#replica === undefined) return;
    await inStep(this.#replica);
    this.#replica.pause();
  }

  async crash(downFor: number): Promise<void> {
    await this.#primary.kill();
    await delay(downFor);
    if (this.#replica === undefined) await this.#primary.start();
    else await this.#promote(this.#replica);
  }

  async switchTo(server: "other" | "first"): Promise<void> {
    const [next, previous] = [this.#replica!, this.#primary];
    if (server === "other") {
      next.resume();
      await askRedis(next, (redis) => redis.replicaof("NO", "ONE"));
    }
    this.#primary = next;
    this.#replica = previous;
  }

  pause(): void {
    this.#primary.pause();
  }

  resume(): void {
    this.#primary.resume();
  }

  async held(epoch: string): Promise<HeldEntry[]> {
    return heldEntries(this.#primary, epoch);
  }

  async dispose(): Promise<void> {
    const servers = [this.#primary, ...this.#former];
    await Promise.all([...servers.map((server) => server.dispose()), this.#replica?.dispose()]);
  }

  /** Promotes the replica; the former primary returns as its replica. */
  async #promote(replica: Engine): Promise<void> {
    replica.resume();
    await askRedis(replica, (redis) => redis.replicaof("NO", "ONE"));
    const old = this.#primary;
    this.#primary = replica;
    this.#replica = old;
    await old.start(replicaOf(replica));
  }
}

function persistenceOf(mode: Mode): "none" | "appendonly" | "snapshot" {
  if (crowdedModes.includes(mode)) return "appendonly";
  return mode === "appendonly" || mode === "snapshot" ? mode : "none";
}

function replicaOf({ port }: Engine) {
  return redisServer({
    arguments: ["--replicaof", "127.0.0.1", String(port), "--repl-diskless-sync-delay", "0"],
  });
}

/** Waits until a replica has received all writes of its primary. */
async function inStep(replica: Engine): Promise<void> {
  await askRedis(replica, async (redis) => {
    while (!(await redis.info("replication")).includes("master_link_status:up")) await delay(20);
  });
}
