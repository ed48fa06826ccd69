import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { RedisClientKind } from "./chaos-engine.js";

/** The settings of an instance. */
export interface InstanceSettings {
  /** The name of its log. */
  readonly engine: string;
  /** The ports of the engine: of its link, and of further servers. */
  readonly enginePorts: readonly number[];
  /** Whether the log gets the option `durable`. */
  readonly durable: boolean;
  /** Whether the engine keeps the stream in memory only, where it lets its users choose. */
  readonly volatile: boolean;
  /** The option `commandTimeout` of the log, if it has one; `undefined`: its default. */
  readonly commandTimeout?: number | undefined;
  /** The options `heartbeat` and `replicas` of a log on NATS; `undefined`: their defaults. */
  readonly heartbeat?: number | undefined;
  readonly replicas?: number | undefined;
  /** The client of a log on Redis; `undefined`: a `url`. */
  readonly redisClient?: RedisClientKind | undefined;
  /** The port to listen on; 0: any. */
  readonly port: number;
}

/** The number of characters of standard error that are kept. */
const keptOutput = 4_000;

/** One server process with a hub, which can be killed and started again on the same port. */
export class Instance {
  readonly name: string;
  /** The times when it ended without being killed, with its last output. */
  readonly crashes: string[] = [];
  port = 0;
  /** The number of starts. */
  epoch = 0;
  /** Receives each line that it prints after its port. */
  onLine: (line: string) => void = () => {};
  readonly #program: string;
  readonly #settings: Omit<InstanceSettings, "port">;
  #process: ChildProcess | undefined;
  #output = "";

  /** @param program the file to run. */
  constructor(name: string, program: string, settings: Omit<InstanceSettings, "port">) {
    this.name = name;
    this.#program = program;
    this.#settings = settings;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    const settings: InstanceSettings = { ...this.#settings, port: this.port };
    const child = spawn(process.execPath, [this.#program, JSON.stringify(settings)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#output = "";
    this.epoch++;
    child.stderr.on("data", (text: Buffer) => {
      this.#output = `${this.#output}${text}`.slice(-keptOutput);
    });
    const exit = once(child, "close").then(() => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.crashes.push(`${this.name} ended (${child.signalCode ?? child.exitCode}): ${this.#output}`);
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = await Promise.race([
      once(lines, "line"),
      exit.then(() => Promise.reject(new Error(`${this.name} did not start: ${this.#output}`))),
    ]);
    this.port = Number(line);
    lines.on("line", (printed) => this.onLine(printed));
  }

  /** Kills it without notice. Resolves once everything that it has printed has been received. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  /**
   * Whether it has died since its n-th start. The effects of its end may be visible before the end
   * itself.
   */
  async diedSince(epoch: number): Promise<boolean> {
    await delay(200);
    return this.#process === undefined || this.epoch !== epoch;
  }

  /** Whether it has not been killed since its n-th start. */
  isRunning(epoch: number): boolean {
    return this.#process !== undefined && this.epoch === epoch;
  }

  /** Resident memory in MiB. */
  async memory(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/memory`);
    return Math.round(Number(await response.text()) / 2 ** 20);
  }
}
