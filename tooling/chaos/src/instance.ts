import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/** What an instance is told when it starts. */
export interface InstanceSettings {
  /** Which log it uses. */
  readonly engine: string;
  /** Where its link to the engine begins. */
  readonly enginePort: number;
  /** Whether the log is told that the engine loses nothing over a crash. */
  readonly durable: boolean;
  /** Whether the engine keeps the stream in memory only, where it lets its users choose. */
  readonly volatile: boolean;
  /** The port to listen on; 0: any. */
  readonly port: number;
}

/** How much of what it wrote to standard error is kept, in characters. */
const keptOutput = 4_000;

/** One server process with a hub, which can be killed and started again on the same port. */
export class Instance {
  readonly name: string;
  /** How often it ended although nobody killed it, with what it wrote last. */
  readonly crashes: string[] = [];
  port = 0;
  /** Counts how often it was started. */
  life = 0;
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
    this.life++;
    child.stderr.on("data", (text: Buffer) => {
      this.#output = `${this.#output}${text}`.slice(-keptOutput);
    });
    const exit = once(child, "close").then(() => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.crashes.push(`${this.name} ended (${child.signalCode ?? child.exitCode}): ${this.#output}`);
    });
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      exit.then(() => Promise.reject(new Error(`${this.name} did not start: ${this.#output}`))),
    ]);
    this.port = Number(line);
  }

  /** Kills it, without giving it time for anything. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  /** Whether it has died since it was started for the n-th time. What it did at its end may have been seen before its end was. */
  async diedSince(life: number): Promise<boolean> {
    await delay(200);
    return this.#process === undefined || this.life !== life;
  }

  /** Resident memory in MiB. */
  async memory(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/memory`);
    return Math.round(Number(await response.text()) / 2 ** 20);
  }
}
