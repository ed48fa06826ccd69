import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Engine, type EngineOptions, type NatsOptions, natsServer } from "@sse/engines";
import type { ChaosEngine, EngineKind } from "./chaos-engine.js";
import type { HeldEntry } from "./evidence.js";
import { streamName } from "./names.js";
import { nonceIn, positionOf } from "./position.js";

type Mode = "memory" | "file" | "snapshot";

/**
 * A NATS that loses everything, nothing, or what was written after a copy of its files was made.
 */
export function natsKind(options: NatsOptions = {}): EngineKind {
  const server = natsServer(options);
  return {
    program: server.program,
    modes: ["memory", "file", "snapshot"] satisfies Mode[],
    start: (mode) => NatsEngine.start(mode as Mode, server),
  };
}

class NatsEngine implements ChaosEngine {
  readonly name = "nats";
  readonly durable: boolean;
  readonly loses: boolean;
  readonly volatile: boolean;
  readonly positionOf = positionOf;
  readonly #mode: Mode;
  readonly #server: Engine;
  /** The folder of the copies of its files. */
  readonly #copies: string;
  #copied = false;

  private constructor(mode: Mode, server: Engine, copies: string) {
    this.#mode = mode;
    this.durable = mode === "file";
    this.loses = !this.durable;
    this.volatile = mode === "memory";
    this.#server = server;
    this.#copies = copies;
  }

  static async start(mode: Mode, server: EngineOptions): Promise<NatsEngine> {
    return new NatsEngine(mode, await Engine.start(server), await mkdtemp(join(tmpdir(), "sse-chaos-nats-")));
  }

  get port(): number {
    return this.#server.port;
  }

  async prepareLoss(): Promise<void> {
    if (this.#mode !== "snapshot") return;
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

  pause(): void {
    this.#server.pause();
  }

  resume(): void {
    this.#server.resume();
  }

  /** All entries that it holds belong to the last epoch, whichever epoch they were written in. */
  async held(): Promise<HeldEntry[]> {
    const connection = await connect({ port: this.port });
    try {
      const { streams } = await jetstreamManager(connection);
      const { state } = await streams.info(streamName);
      const sequences = Array.from(
        { length: state.last_seq - state.first_seq + 1 },
        (_, index) => state.first_seq + index,
      );
      const messages = await Promise.all(sequences.map((seq) => streams.getMessage(streamName, { seq })));
      return messages
        .filter((message) => message !== null)
        .map((message) => ({ offset: BigInt(message.seq), nonce: nonceIn(message.string()) }));
    } finally {
      await connection.close();
    }
  }

  async dispose(): Promise<void> {
    await this.#server.dispose();
    await rm(this.#copies, { recursive: true, force: true });
  }

  async #empty(folder: string): Promise<void> {
    await rm(join(folder, "jetstream"), { recursive: true, force: true });
  }
}
