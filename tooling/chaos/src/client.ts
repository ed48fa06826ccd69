import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ClientRecord, Connection, Frame } from "./evidence.js";
import type { Instance } from "./instance.js";
import type { ClientPlan } from "./plan.js";
import type { Random } from "./random.js";
import { type Block, WireReader } from "./wire.js";

/** A connection of a client, from the request on. */
interface OpenConnection extends Connection {
  readonly frames: Frame[];
}

/**
 * Follows the hub on one instance after another, always with its `Last-Event-ID`, sometimes with an
 * older one, and records everything that it receives.
 */
export class Client implements ClientRecord {
  readonly name: string;
  readonly channels: ReadonlySet<string>;
  readonly connections: OpenConnection[] = [];
  /** Its failures: a response that is no stream, or a stream that a running instance ended. */
  readonly complaints: string[] = [];
  readonly #plan: ClientPlan;
  readonly #random: Random;
  readonly #instances: readonly Instance[];
  readonly #ended = new AbortController();
  #restless: boolean;
  #leave: () => void = () => {};
  /** Every id that it received. */
  readonly #ids: string[] = [];

  constructor(plan: ClientPlan, random: Random, instances: readonly Instance[]) {
    this.#plan = plan;
    this.#restless = plan.restless;
    this.#random = random;
    this.#instances = instances;
    this.name = plan.name;
    const user = plan.user === undefined ? [] : [`user:${plan.user}`];
    this.channels = new Set(["*", ...plan.topics.map((topic) => `topic:${topic}`), ...user]);
  }

  /** Connects repeatedly until {@link end}. */
  async follow(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await this.#connect(this.#random.pick(this.#instances));
      await delay(this.#random.between(0, 150), undefined, { signal: this.#ended.signal }).catch(() => {});
    }
  }

  /** Disconnects at once and reconnects. */
  leave(): void {
    this.#leave();
  }

  /** Ends the changes of instance: it keeps its connection from now on. */
  calm(): void {
    this.#restless = false;
  }

  end(): void {
    this.#ended.abort();
    this.#leave();
  }

  /** Whether it has received an id. */
  get hasStarted(): boolean {
    return this.#ids.length > 0;
  }

  /** Whether it has received this id, as the id of an event or another block. */
  has(id: string): boolean {
    return this.#ids.includes(id);
  }

  #connect(instance: Instance): Promise<void> {
    const lastEventId = this.#shownId();
    const connection: OpenConnection = { lastEventId, frames: [] };
    const epoch = instance.epoch;
    return new Promise((resolve) => {
      const request = get({
        port: instance.port,
        host: "127.0.0.1",
        path: this.#path(),
        agent: false,
        headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
      });
      let left = false;
      this.#leave = () => {
        left = true;
        request.destroy();
      };
      const timer = setTimeout(() => this.#restless && this.#leave(), this.#random.between(50, 2_500));
      request.on("error", () => {});
      request.on("response", (response) => {
        if (response.statusCode !== 200)
          this.complaints.push(`${this.name}: instance ${instance.name} answered ${response.statusCode}`);
        this.connections.push(connection);
        const reader = new WireReader();
        response.on("error", () => {});
        response.on("data", (bytes: Buffer) => {
          if (left) return;
          for (const block of reader.read(bytes)) this.#record(block, connection);
        });
        response.on("close", async () => {
          if (left || (await instance.diedSince(epoch))) return;
          this.complaints.push(`${this.name}: instance ${instance.name} ended a stream, and kept running`);
        });
      });
      request.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /**
   * Returns the last id; sometimes an earlier one, as a page that saves it late sends, or always
   * the first.
   */
  #shownId(): string | undefined {
    if (this.#plan.returnsToStart) return this.#ids[0];
    return this.#restless && this.#random.chance(0.1) ? this.#random.pick(this.#ids) : this.#ids.at(-1);
  }

  #path(): string {
    const query = new URLSearchParams(this.#plan.topics.map((topic) => ["topic", topic]));
    if (this.#plan.user !== undefined) query.set("user", this.#plan.user);
    // The silent instance has to read before the faults: its connection for reads is open then.
    if (this.#plan.silent) query.set("last", "5");
    return `/stream?${query}`;
  }

  #record(block: Block, { frames }: OpenConnection): void {
    if (block.id === undefined) return;
    const frame = frameOf(block, block.id);
    frames.push(frame);
    this.#ids.push(block.id);
  }
}

function frameOf({ event, data }: Block, id: string): Frame {
  if (event === "chaos") return { kind: "event", id, nonce: JSON.parse(data).nonce };
  if (event !== "sse:gap") return { kind: "id", id };
  const { reason, requested } = JSON.parse(data);
  return { kind: "gap", id, reason, requested, at: performance.now() };
}
