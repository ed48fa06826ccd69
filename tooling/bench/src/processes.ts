import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { ClientMethods } from "./client/main.js";
import type { ContenderOptions } from "./contenders/contender.js";
import type { ContenderName } from "./contenders/index.js";
import type { LoadMethods } from "./load/main.js";
import { Caller } from "./rpc.js";
import type { ServerMethods } from "./server/main.js";

/** A server process that listens. */
export interface Server {
  readonly port: number;
  readonly call: Caller<ServerMethods>["call"];
  end(): Promise<void>;
}

/** A load process. */
export interface LoadProcess {
  readonly call: Caller<LoadMethods>["call"];
  /** Takes the number of ticks that have arrived everywhere. */
  onTick(listener: (ticks: number) => void): void;
  end(): Promise<void>;
}

/** A process with one client of a library. */
export interface ClientProcess {
  readonly call: Caller<ClientMethods>["call"];
  end(): Promise<void>;
}

const cores = { server: 0, load: 1, client: 1 };

/** The processes of a run: server and load on a core of their own where the system can do that. None outlives {@link Processes.endAll}. */
export class Processes {
  readonly #children = new Set<ChildProcess>();
  readonly #execArgv: readonly string[];
  /** Whether each process has a core of its own. */
  readonly pinned: boolean;

  /** Takes options for Node, besides its own. */
  constructor({ execArgv = [], pinned = canPin() }: { execArgv?: readonly string[]; pinned?: boolean } = {}) {
    this.#execArgv = execArgv;
    this.pinned = pinned;
  }

  async server(name: ContenderName, options: ContenderOptions = {}): Promise<Server> {
    const child = this.#start("server");
    const caller = new Caller<ServerMethods>(child);
    const port = await caller.call("start", { name, options });
    return { port, call: caller.call.bind(caller) as Server["call"], end: () => this.#end(child) };
  }

  /** One in the background gets what others leave of the core, so that it does not delay what they measure. */
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

  async endAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.#end(child)));
  }

  #start(kind: keyof typeof cores): ChildProcess {
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
}

function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync("taskset", ["-c", "1", "true"]).status === 0;
}
