import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { isKillRequest } from "./kill.js";

/** Options of {@link runInstances}. */
export interface InstancesOptions {
  /** The file to run. It sends the port on which it listens to its parent, and ends on SIGTERM. */
  program: string;
  /** The ports that they try first, one for each process. */
  ports: readonly number[];
  /** Milliseconds before a process that ended is restarted. */
  restartDelay: number;
  /** Receives a line when a process has ended by itself, and when it has been restarted. */
  print: (line: string) => void;
}

/** A group of equal processes. */
export interface Instances {
  /** The processes that listen now. */
  running(): readonly Running[];
  close(): Promise<void>;
}

/** A process, and its port. */
export interface Running {
  readonly port: number;
  readonly process: number;
}

/** Runs a process for each port, and restarts one that has ended. Resolves when all listen. */
export async function startInstances(options: InstancesOptions): Promise<Instances> {
  const slots = options.ports.map((port) => new Slot(port, { ...options, onKill: kill }));

  /** Kills a process of this group, and no other. */
  function kill(pid: number): void {
    for (const slot of slots) if (slot.running?.process === pid) process.kill(pid, "SIGKILL");
  }

  await Promise.all(slots.map((slot) => slot.start()));
  return {
    running: () => slots.flatMap(({ running }) => running ?? []),
    close: async () => {
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}

interface SlotOptions extends InstancesOptions {
  /** Called when an instance asks that a process be killed. */
  readonly onKill: (pid: number) => void;
}

/** The slot of one process and of its successors. */
class Slot {
  running: Running | undefined;
  readonly #options: SlotOptions;
  readonly #port: number;
  readonly #closing = new AbortController();
  #child: ChildProcess | undefined;

  constructor(port: number, options: SlotOptions) {
    this.#port = port;
    this.#options = options;
  }

  /** Returns the running process; `undefined` if it ended before it listened. */
  async start(): Promise<Running | undefined> {
    const child = fork(this.#options.program, ["instance"], {
      env: { ...process.env, PORT: String(this.#port) },
    });
    this.#child = child;
    child.on("message", (message) => isKillRequest(message) && this.#options.onKill(message.kill));
    const ended = once(child, "exit");
    void ended.then(() => this.#ended(child));
    const [port] = await Promise.race([once(child, "message"), ended.then(() => [undefined])]);
    this.running = typeof port === "number" ? { port, process: child.pid! } : undefined;
    return this.running;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  }

  async #ended(child: ChildProcess): Promise<void> {
    this.running = undefined;
    const { print, restartDelay } = this.#options;
    const { signal } = this.#closing;
    if (signal.aborted) return;
    print(`process ${child.pid} has ended; who was connected to it moves to another one`);
    await delay(restartDelay, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const running = await this.start();
    if (running !== undefined)
      print(`process ${running.process} has taken its place on port ${running.port}`);
  }
}
