import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Expectation } from "./expectation.js";

/** How long an expected output may take to come, in milliseconds. */
const PATIENCE = 20_000;
/** How long a process that has printed what was expected gets to end, or to print something unexpected, in milliseconds. */
const GRACE = 300;
/** How long a process may print nothing before the next one is started, in milliseconds. */
const SILENCE = 5_000;

const pause = (milliseconds: number): Promise<void> => delay(milliseconds, undefined, { ref: false });

/** A process of a README, with everything that it has printed. */
export class ReadmeProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #name: string;
  #printed = "";
  #errors = "";
  #onChange: () => void = () => {};
  /** Resolves when the process has ended and all its output is read. */
  readonly ended: Promise<unknown>;
  #hasEnded = false;

  constructor(name: string, file: string, args: readonly string[], cwd: string) {
    this.#name = name;
    this.#child = spawn(file, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#printed += text;
      this.#onChange();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.ended = new Promise((resolve) => this.#child.once("close", resolve)).then(() => {
      this.#hasEnded = true;
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves when the process has ended, or is at work: its first output was a moment ago. */
  async atWork(): Promise<void> {
    await Promise.race([this.#until(() => this.#printed !== ""), pause(SILENCE)]);
    await Promise.race([this.ended, pause(GRACE)]);
  }

  /** Resolves when the process has printed what is expected, and nothing else if it has ended; throws what came instead. */
  async expect(expectation: Expectation): Promise<void> {
    await Promise.race([this.#until(() => expectation.isMetByStartOf(this.#printed)), pause(PATIENCE)]);
    await Promise.race([this.ended, pause(GRACE)]);
    const met = this.#hasEnded
      ? expectation.isMetBy(this.#printed)
      : expectation.isMetByStartOf(this.#printed);
    if (!met) throw this.failure("did not print what is expected");
  }

  /** Throws when the process has ended with an error. */
  assertUnharmed(): void {
    if (this.#hasEnded && this.#child.exitCode !== 0)
      throw this.failure(`ended with ${this.#child.exitCode}`);
  }

  /** An error that says what the process printed. */
  failure(what: string): Error {
    return new Error(`${this.#name} ${what}. It printed:\n${this.#printed}\n${this.#errors}`);
  }

  /** Stops the process and what it started. */
  async stop(): Promise<void> {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nothing of it runs any more.
    }
    await this.ended;
  }

  async #until(condition: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      this.#onChange = () => {
        if (condition()) resolve();
      };
      this.#onChange();
    });
    await Promise.race([met, this.ended]);
  }
}
