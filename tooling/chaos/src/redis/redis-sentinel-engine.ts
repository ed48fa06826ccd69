import { setTimeout as delay } from "node:timers/promises";
import { RedisSentinel } from "@sse/engines";
import type { ChaosEngine, EngineKind, RedisClientKind, ServerFault } from "../chaos-engine.js";
import type { HeldEntry } from "../evidence.js";
import { positionOf } from "../position.js";
import { heldEntries } from "./administration.js";
import { libraryOf, sentinelModes } from "./server-faults.js";

/** A Redis with two replicas under a Sentinel. Each failover may lose acknowledged writes. */
export const redisSentinelKind: EngineKind = {
  program: "redis-server",
  modes: sentinelModes,
  start: async (mode) => new RedisSentinelEngine(mode, await RedisSentinel.start()),
};

class RedisSentinelEngine implements ChaosEngine {
  readonly name = "redis";
  readonly durable = false;
  readonly loses = true;
  readonly positionOf = positionOf;
  readonly redisClient: RedisClientKind;
  readonly #servers: RedisSentinel;
  #kills = 0;

  constructor(mode: string, servers: RedisSentinel) {
    this.redisClient = { library: libraryOf(mode), servers: "Sentinel" };
    this.#servers = servers;
  }

  /** The port of the Sentinel, which names the primary. */
  get port(): number {
    return this.#servers.sentinel.port;
  }

  /** Resolves once no failover is in progress: one during the judgment would lose entries. */
  async hurt({ fault, downFor }: ServerFault): Promise<void> {
    await this.#hurtPrimary(fault, downFor);
    await this.#servers.settle();
  }

  async #hurtPrimary(fault: ServerFault["fault"], downFor: number): Promise<void> {
    const primary = await this.#servers.primary();
    switch (fault) {
      case "kill":
        this.#kills += 1;
        await primary.kill();
        await delay(downFor);
        return primary.start();
      case "stall":
        primary.pause();
        await delay(downFor);
        return primary.resume();
      default:
        return this.#servers.failover();
    }
  }

  /** A primary that returns without its data before the failover is one more loss. */
  async losses(): Promise<number> {
    return this.#kills + (await this.#servers.failovers());
  }

  async held(epoch: string): Promise<HeldEntry[]> {
    return heldEntries(await this.#servers.primary(), epoch);
  }

  dispose(): Promise<void> {
    return this.#servers.dispose();
  }
}
