import { cp, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { StreamInfo } from "@nats-io/jetstream";
import { type Engine, NatsCluster } from "@sse/engines";
import type { ChaosEngine, EngineKind, ServerFault } from "../chaos-engine.js";
import type { HeldEntry } from "../evidence.js";
import { streamName } from "../names.js";
import { positionOf } from "../position.js";
import { administer, deleteConsumers, heldEntries, isReplicated, leaderOf } from "./administration.js";
import { clusterModes } from "./cluster-faults.js";

/** A cluster of three servers of 2.10, which keeps everything on each of them. */
export const natsClusterKind: EngineKind = {
  program: "nats-server-2.10",
  modes: clusterModes,
  start: async () => new NatsClusterEngine(await NatsCluster.start()),
};

/** The maximum milliseconds for which a fault waits until all servers have everything. */
const maxReplication = 20_000;

class NatsClusterEngine implements ChaosEngine {
  readonly name = "nats";
  readonly durable = true;
  readonly loses = false;
  readonly replicas = 3;
  readonly commandTimeout = 2_000;
  readonly heartbeat = 1_000;
  readonly positionOf = positionOf;
  readonly #cluster: NatsCluster;

  constructor(cluster: NatsCluster) {
    this.#cluster = cluster;
  }

  get port(): number {
    return this.#cluster.servers[0]!.port;
  }

  /** Every second instance uses one server only, so that it notices whatever happens to it. */
  portsOf(instance: number): readonly number[] {
    const ports = this.#cluster.servers.map(({ port }) => port);
    const own = ports[instance % ports.length]!;
    return instance % 2 === 0 ? [own] : [own, ...ports.filter((port) => port !== own)];
  }

  async settle(): Promise<void> {
    await this.#until(isReplicated, Number.POSITIVE_INFINITY);
  }

  async hurt({ fault, server, downFor }: ServerFault): Promise<void> {
    const index = server === "leader" ? await this.#leader() : server;
    const hurt = this.#cluster.servers[index]!;
    switch (fault) {
      case "kill":
        await hurt.kill();
        await delay(downFor);
        return hurt.start();
      case "step down":
        return this.#ask(async ({ nc }) => {
          await nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${streamName}`).catch(() => {});
        });
      case "isolate":
        this.#cluster.isolate(index);
        await delay(downFor);
        return this.#cluster.heal();
      case "stall":
        this.#cluster.stall(index);
        await delay(downFor);
        return this.#cluster.resume();
      case "restart all":
        for (const each of this.#cluster.servers) await this.#restart(each, downFor);
        return;
      case "roll back":
        return this.#rollBack(hurt, downFor);
      case "wipe":
        await this.#until(isReplicated);
        await hurt.kill();
        await rm(`${hurt.folder}/jetstream`, { recursive: true });
        await delay(downFor);
        await hurt.start();
        return this.#until(isReplicated);
      case "delete consumers":
        return this.#ask(deleteConsumers);
    }
  }

  async held(): Promise<HeldEntry[]> {
    return this.#ask(heldEntries);
  }

  async dispose(): Promise<void> {
    await this.#cluster.dispose();
  }

  async #restart(server: Engine, downFor: number): Promise<void> {
    await server.kill("SIGTERM");
    await delay(downFor);
    await server.start();
    await this.#until(isReplicated);
  }

  async #rollBack(server: Engine, downFor: number): Promise<void> {
    server.pause();
    await cp(`${server.folder}/jetstream`, `${server.folder}/older`, { recursive: true });
    server.resume();
    await delay(downFor);
    await this.#until(isReplicated);
    await server.kill();
    await rm(`${server.folder}/jetstream`, { recursive: true });
    await cp(`${server.folder}/older`, `${server.folder}/jetstream`, { recursive: true });
    await rm(`${server.folder}/older`, { recursive: true });
    await server.start();
    await this.#until(isReplicated);
  }

  async #leader(): Promise<number> {
    return (await this.#info().then((info) => info && leaderOf(info))) ?? 0;
  }

  async #until(condition: (info: StreamInfo) => boolean, within = maxReplication): Promise<void> {
    const deadline = performance.now() + within;
    while (performance.now() < deadline) {
      const info = await this.#info();
      if (info !== undefined && condition(info)) return;
      await delay(100);
    }
  }

  /** Returns the stream's state, `undefined` if no server answers. */
  async #info(): Promise<StreamInfo | undefined> {
    return this.#ask(({ jsm }) => jsm.streams.info(streamName)).catch(() => undefined);
  }

  #ask<T>(task: Parameters<typeof administer<T>>[1]): Promise<T> {
    const ports = this.#cluster.servers.map(({ port }) => port);
    return administer(ports, task);
  }
}
