import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Engine, type EngineOptions, type NatsOptions, natsServer } from "@sse/engines";
import type {
  ChaosEngine,
  EngineKind,
  LostEntry,
  NatsLoss,
  RedisLoss,
  Removal,
  ServerFault,
} from "../chaos-engine.js";
import type { HeldEntry } from "../evidence.js";
import { streamName } from "../names.js";
import { positionOf } from "../position.js";
import {
  administer,
  deleteConsumers,
  deleteNewest,
  heldEntries,
  heldMessages,
  purge,
} from "./administration.js";

type LossyMode = "memory" | "file" | "snapshot";
/** The modes in which one instance is silent. The server itself keeps running. */
type SilentMode = "purge" | "delete";
/**
 * The modes in which nothing is lost: many instances, of which one publishes; many clients; two
 * versions of the packages; answers.
 */
type CrowdedMode = "ten" | "backlog" | "versions" | "runs";
type Mode = LossyMode | SilentMode | CrowdedMode | "back";

const silentModes: readonly Mode[] = ["purge", "delete"] satisfies SilentMode[];

/**
 * A NATS that loses everything, nothing, or what was written after a copy of its files was made.
 */
export function natsKind(options: NatsOptions = {}): EngineKind {
  const server = natsServer(options);
  return {
    program: server.program,
    modes: ["memory", "file", "snapshot"] satisfies LossyMode[],
    namedModes: [...silentModes, "back", "ten", "backlog", "versions", "runs"] satisfies Mode[],
    start: (mode) => NatsEngine.start(mode as Mode, server),
  };
}

class NatsEngine implements ChaosEngine {
  readonly name = "nats";
  readonly durable: boolean;
  readonly loses: boolean;
  readonly volatile: boolean;
  readonly coarseRemovals = true;
  readonly heartbeat: number | undefined;
  readonly positionOf = positionOf;
  readonly #mode: Mode;
  readonly #options: EngineOptions;
  #server: Engine;
  /** The server that is not in use, once there are two. */
  #other: Engine | undefined;
  /** The folder of the copies of its files. */
  readonly #copies: string;
  #copied = false;

  private constructor(mode: Mode, options: EngineOptions, server: Engine, copies: string) {
    this.#options = options;
    this.#mode = mode;
    this.durable = mode !== "memory" && mode !== "snapshot";
    this.loses = !this.durable;
    // Short, because what is silent is noticed by checks alone.
    this.heartbeat = silentModes.includes(mode) || mode === "back" ? 1_000 : undefined;
    this.volatile = mode === "memory";
    this.#server = server;
    this.#copies = copies;
  }

  static async start(mode: Mode, server: EngineOptions): Promise<NatsEngine> {
    return new NatsEngine(
      mode,
      server,
      await Engine.start(server),
      await mkdtemp(join(tmpdir(), "sse-chaos-nats-")),
    );
  }

  get port(): number {
    return this.#server.port;
  }

  async settle(): Promise<void> {
    const exists = () =>
      administer([this.port], ({ jsm }) => jsm.streams.info(streamName)).then(
        () => true,
        () => false,
      );
    while (!(await exists())) await delay(50);
  }

  async prepareLoss(): Promise<void> {
    if (this.#mode !== "snapshot" && this.#mode !== "back") return;
    this.#server.pause();
    await this.#empty(this.#copies);
    await cp(this.#server.folder, this.#copies, { recursive: true });
    this.#server.resume();
    this.#copied = true;
  }

  async crash(downFor: number): Promise<void> {
    await this.#server.kill();
    if (this.#copied) {
      await this.#empty(this.#server.folder);
      await cp(this.#copies, this.#server.folder, { recursive: true });
    }
    await delay(downFor);
    await this.#server.start();
  }

  async switchTo(server: "other" | "first"): Promise<void> {
    const next = server === "other" ? await this.#startCopy() : this.#other!;
    this.#other = this.#server;
    this.#server = next;
  }

  async histories(): Promise<HeldEntry[][] | undefined> {
    if (this.#other === undefined) return undefined;
    return Promise.all([this.#server, this.#other].map(({ port }) => administer([port], heldMessages)));
  }

  pause(): void {
    this.#server.pause();
  }

  resume(): void {
    this.#server.resume();
  }

  async loseData(loss: RedisLoss | NatsLoss): Promise<void> {
    const names = [
      ...(loss === "delete the stream of the epoch" ? [] : [streamName]),
      ...(loss === "delete the stream" ? [] : [`${streamName}-epoch-kept`]),
    ];
    await administer([this.port], async ({ jsm }) => {
      for (const name of names) await jsm.streams.delete(name).catch(() => {});
    });
  }

  async removeEntries(by: Removal, count: number): Promise<readonly LostEntry[]> {
    return administer([this.port], (administration) =>
      by === "STREAM.PURGE" ? purge(administration, count) : deleteNewest(administration, count),
    );
  }

  async hurt({ fault }: ServerFault): Promise<void> {
    if (fault === "delete consumers") await administer([this.port], deleteConsumers);
  }

  async held(): Promise<HeldEntry[]> {
    return administer([this.port], heldEntries);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#server.dispose(), this.#other?.dispose()]);
    await rm(this.#copies, { recursive: true, force: true });
  }

  /** Starts another server with the copied files. */
  async #startCopy(): Promise<Engine> {
    const server = await Engine.start(this.#options);
    await server.kill();
    await this.#empty(server.folder);
    await cp(this.#copies, server.folder, { recursive: true });
    await server.start();
    return server;
  }

  async #empty(folder: string): Promise<void> {
    await rm(join(folder, "jetstream"), { recursive: true, force: true });
  }
}
