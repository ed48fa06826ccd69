import { get, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "../instance.js";
import type { Random } from "../random.js";
import { type Block, WireReader } from "../wire.js";
import type { Load, RunFrame } from "./run-evidence.js";

/** The habits of a viewer. */
export interface ViewerHabits {
  /** Whether it reloads its page from time to time, which begins with an empty text. */
  readonly reloads: boolean;
  /** Whether it stops reading from time to time, as a tab in the background does. */
  readonly pauses: boolean;
}

interface OpenLoad extends Load {
  readonly frames: RunFrame[];
  readonly statuses: number[];
  wasLeft: boolean;
}

/**
 * Reads a run on one instance after another, as an `EventSource` does: with its `Last-Event-ID`
 * until it is told the end. Records everything that it receives.
 */
export class Viewer {
  readonly loads: OpenLoad[] = [];
  readonly #name: string;
  readonly #run: string;
  readonly #habits: ViewerHabits;
  readonly #random: Random;
  readonly #instances: readonly Instance[];
  readonly #signal: AbortSignal;
  #lastEventId: string | undefined;
  #leave: () => void = () => {};
  /** The instance of the connection, and whether it has a response. */
  #connection = "";

  constructor(
    name: string,
    run: string,
    habits: ViewerHabits,
    random: Random,
    instances: readonly Instance[],
    signal: AbortSignal,
  ) {
    this.#name = name;
    this.#run = run;
    this.#habits = habits;
    this.#random = random;
    this.#instances = instances;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#leave(), { once: true });
  }

  /** The newest load. */
  get load(): Load {
    return this.loads.at(-1)!;
  }

  /** The id of the last block. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** Describes where it is, for a person. */
  describe(): string {
    const { frames, statuses } = this.load;
    return `${this.#name}, load ${this.loads.length - 1} at ${this.#connection} after ${this.#lastEventId}: ${frames.length} blocks, the last ${frames.at(-1)?.kind}, statuses ${statuses}`;
  }

  /** Reads until the end of the run, a response that ends it, or the signal. */
  async watch(): Promise<void> {
    this.#startLoad();
    while (!this.#signal.aborted && !this.#isOver) {
      await this.#connect(this.#random.pick(this.#instances));
      const mayReload = this.#habits.reloads && this.loads.length < 4 && !this.#isOver;
      if (mayReload && this.#random.chance(0.5)) this.#startLoad();
      await delay(this.#random.between(0, 200));
    }
  }

  get #isOver(): boolean {
    const { frames, statuses } = this.load;
    return frames.at(-1)?.kind === "end" || statuses.includes(404) || statuses.includes(204);
  }

  #startLoad(): void {
    const previous = this.loads.at(-1);
    if (previous !== undefined) previous.wasLeft = true;
    this.#lastEventId = undefined;
    this.loads.push({
      viewer: `${this.#name}, load ${this.loads.length}`,
      frames: [],
      statuses: [],
      wasLeft: false,
    });
  }

  #connect(instance: Instance): Promise<void> {
    const load = this.loads.at(-1)!;
    this.#connection = `${instance.name} without a response`;
    return new Promise((resolve) => {
      const request = get({
        port: instance.port,
        host: "127.0.0.1",
        path: `/runs/${encodeURIComponent(this.#run)}`,
        agent: false,
        headers: this.#lastEventId === undefined ? {} : { "last-event-id": this.#lastEventId },
      });
      this.#leave = () => request.destroy();
      const leaving = this.#habits.reloads && this.#random.chance(0.6);
      const timer = setTimeout(() => leaving && request.destroy(), this.#random.between(50, 1_500));
      let hasResponse = false;
      request.on("error", () => {});
      request.on("response", (response) => {
        response.on("error", () => {});
        hasResponse = true;
        this.#connection = `${instance.name} with ${response.statusCode}`;
        response.on("close", resolve);
        if (response.statusCode !== 200) load.statuses.push(response.statusCode!);
        if (response.statusCode !== 200) response.resume();
        else this.#read(response, load);
      });
      // What a response that is paused has received is read after the end of its request.
      request.on("close", () => {
        clearTimeout(timer);
        if (!hasResponse) resolve();
      });
    });
  }

  #read(response: IncomingMessage, load: OpenLoad): void {
    const reader = new WireReader();
    response.on("data", (bytes: Buffer) => {
      for (const block of reader.read(bytes)) this.#take(block, load);
      if (!this.#habits.pauses || !this.#random.chance(0.1)) return;
      response.pause();
      setTimeout(() => response.resume(), this.#random.between(100, 1_500));
    });
  }

  #take(block: Block, { frames }: OpenLoad): void {
    if (block.id !== undefined) this.#lastEventId = block.id;
    const frame = frameOf(block);
    if (frame !== undefined) frames.push(frame);
  }
}

function frameOf({ event, data }: Block): RunFrame | undefined {
  if (event === "token") return { kind: "token", ...JSON.parse(data) };
  if (event === "sse:end") return { kind: "end", state: JSON.parse(data).state };
  return event === "sse:live" || data === "" ? undefined : { kind: "other", event };
}
