import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { Engine, type EngineOptions } from "@sse/engines";
import type { ClientMethods } from "./client/main.js";
import type { ContenderOptions } from "./contenders/contender.js";
import { type ContenderName, processOf } from "./contenders/index.js";
import type { LoadMethods } from "./load/main.js";
import { Caller } from "./rpc.js";
import type { ServerMethods } from "./server/main.js";
import { cpuOf } from "./server/usage.js";

/** A server process that listens. */
export interface Server {
  readonly port: number;
  readonly call: Caller<ServerMethods>["call"];
  end(): Promise<void>;
}

/** A load process. */
export interface LoadProcess {
  readonly call: Caller<LoadMethods>["call"];
  /** Receives the number of ticks that have arrived everywhere. */
  onTick(listener: (ticks: number) => void): void;
  end(): Promise<void>;
}

/** A process with one client of a library. */
export interface ClientProcess {
  readonly call: Caller<ClientMethods>["call"];
  end(): Promise<void>;
}

/** The server of an engine. */
export interface EngineProcess {
  readonly port: number;
  readonly processId: number;
  /** CPU time until now, in microseconds; `NaN` where the system does not report it. */
  cpu(): number;
  end(): Promise<void>;
}

const cores = { server: 0, load: 1, client: 1 };

/**
 * The processes of a run: server and load on a core of their own where the system can do that. None
 * outlives {@link Processes.endAll}.
 */
export class Processes {
  readonly #children = new Set<ChildProcess>();
  /** Also those that are about to start. */
  readonly #engines = new Set<Promise<Engine>>();
  readonly #execArgv: readonly string[];
  #closed = false;
  /** Whether each process has a core of its own. */
  readonly pinned: boolean;

  /** Accepts options for Node, besides its own. */
  constructor({ execArgv = [], pinned = canPin() }: { execArgv?: readonly string[]; pinned?: boolean } = {}) {
    this.#execArgv = execArgv;
    this.pinned = pinned;
  }

  async server(name: ContenderName, options: ContenderOptions = {}): Promise<Server> {
    const program = processOf(name)?.program;
    const own = program === undefined ? undefined : await this.#ownProcess(program);
    const child = this.#start("server");
    const caller = new Caller<ServerMethods>(child);
    const port = await caller.call("start", { name, options: { ...options, ...own?.options } });
    return {
      port,
      call: caller.call.bind(caller) as Server["call"],
      end: async () => void (await Promise.all([this.#end(child), own?.end()])),
    };
  }

  /** A contender's own program, on the core of servers. */
  async #ownProcess(program: EngineOptions): Promise<{ options: ContenderOptions; end(): Promise<void> }> {
    const { port, processId, end } = await this.engine(program);
    if (this.pinned) spawnSync("taskset", ["-cp", String(cores.server), String(processId)]);
    return { options: { process: { port, processId } }, end };
  }

  /**
   * One in the background gets what others leave of the core, so that it does not delay what they
   * measure.
   */
  load({ background = false } = {}): LoadProcess {
    const child = this.#start("load");
    if (background) setPriority(child.pid!, constants.priority.PRIORITY_LOW);
    const caller = new Caller<LoadMethods>(child);
    return {
      call: caller.call.bind(caller) as LoadProcess["call"],
      onTick: (listener) => {
        caller.onNotice = listener;
      },
      end: () => this.#end(child),
    };
  }

  /** A process for a client of some library. */
  client(): ClientProcess {
    const child = this.#start("client");
    const caller = new Caller<ClientMethods>(child);
    return { call: caller.call.bind(caller) as ClientProcess["call"], end: () => this.#end(child) };
  }

  /** The server of an engine, with no core of its own. */
  async engine(options: EngineOptions): Promise<EngineProcess> {
    this.#refuseIfClosed();
    const starting = Engine.start(options);
    this.#engines.add(starting);
    const engine = await starting;
    return {
      port: engine.port,
      processId: engine.processId!,
      cpu: () => cpuOf(engine.processId!),
      end: () => this.#endEngine(starting),
    };
  }

  async endAll(): Promise<void> {
    await Promise.all([
      ...[...this.#children].map((child) => this.#end(child)),
      ...[...this.#engines].map((engine) => this.#endEngine(engine)),
    ]);
  }

  /** Ends all, and starts no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.endAll();
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new Error("interrupted");
  }

  #start(kind: keyof typeof cores): ChildProcess {
    this.#refuseIfClosed();
    const program = fileURLToPath(new URL(`${kind}/main.ts`, import.meta.url));
    const node = [
      process.execPath,
      "--expose-gc",
      ...this.#execArgv,
      "--import",
      import.meta.resolve("tsx"),
      program,
    ];
    const [file, ...args] = this.pinned ? ["taskset", "-c", String(cores[kind]), ...node] : node;
    const child = spawn(file!, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
    });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  async #end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async #endEngine(starting: Promise<Engine>): Promise<void> {
    this.#engines.delete(starting);
    // The failure of one that did not start has been reported to its caller.
    const engine = await starting.catch(() => undefined);
    await engine?.dispose();
  }
}

function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync("taskset", ["-c", "1", "true"]).status === 0;
}
