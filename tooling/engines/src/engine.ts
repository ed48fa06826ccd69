import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.js";
import { environment } from "./program.js";

/** A program to start, see {@link Engine.start}. */
export interface EngineOptions {
  /** The program's name. */
  readonly program: string;
  /** Its arguments. `folder` is its own, empty at first, and kept over restarts. */
  readonly arguments: (where: { port: number; folder: string }) => readonly string[];
  /**
   * A request, and the start of its response once the program serves. By default an accepted
   * connection is enough.
   */
  readonly ready?: { readonly request: string; readonly answer: string };
}

/**
 * A server process on a free port of 127.0.0.1, with a folder for its data. It can be killed,
 * stopped and started again, always on the same port.
 */
export class Engine {
  readonly port: number;
  readonly folder: string;
  readonly #options: EngineOptions;
  #process: ChildProcess | undefined;

  private constructor(options: EngineOptions, port: number, folder: string) {
    this.#options = options;
    this.port = port;
    this.folder = folder;
  }

  /** Starts the program and waits until it accepts connections. */
  static async start(options: EngineOptions): Promise<Engine> {
    const folder = await mkdtemp(join(tmpdir(), `sse-${options.program}-`));
    const engine = new Engine(options, await freePort(), folder);
    try {
      await engine.start();
    } catch (error) {
      await engine.dispose();
      throw error;
    }
    return engine;
  }

  /** The id of the process; `undefined` if it could not be started. */
  get processId(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts it again after {@link kill}, on the same port and folder; from now on with other
   * arguments, if they are passed.
   */
  async start(options: EngineOptions = this.#options): Promise<void> {
    const { port, folder } = this;
    const process = spawn(options.program, [...options.arguments({ port, folder })], {
      cwd: folder,
      env: environment,
      stdio: "ignore",
    });
    this.#process = process;
    process.on("error", () => {});
    while (!(await serves(port, options.ready))) {
      if (process.exitCode !== null || process.signalCode !== null)
        throw new Error(`${options.program} did not start: exit code ${process.exitCode}`);
      await delay(10);
    }
  }

  /** Ends the process, by default without time to save anything. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const process = this.#process;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const exited = once(process, "exit");
    process.kill(signal);
    process.kill("SIGCONT");
    await exited;
  }

  /** Stops the process (SIGSTOP): connections stay open, and nothing responds. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Continues after {@link pause}. */
  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends the process and removes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function serves(port: number, ready: EngineOptions["ready"]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      if (ready === undefined) end(true);
      else socket.write(ready.request);
    });
    let received = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
      if (received.includes("\n")) end(received.startsWith(ready?.answer ?? ""));
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    function end(served: boolean): void {
      resolve(served);
      socket.destroy();
    }
  });
}
