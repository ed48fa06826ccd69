import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Expectation } from "./expectation.js";

/** Time limit for an expected output, in milliseconds: only a hang reaches it. */
const OUTPUT_TIMEOUT = 100_000;
/**
 * Time for a process to end, or to print something unexpected, after its expected output, in
 * milliseconds.
 */
const GRACE = 300;
/** Time without output after which the next process starts, in milliseconds. */
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

  /** Resolves shortly after the first output of the process, or when it has ended. */
  async atWork(): Promise<void> {
    await Promise.race([this.#until(() => this.#printed !== ""), pause(SILENCE)]);
    await Promise.race([this.ended, pause(GRACE)]);
  }

  /**
   * Resolves when the process has printed what is expected, and nothing else if it has ended;
   * throws an error with its output otherwise.
   */
  async expect(expectation: Expectation): Promise<void> {
    await Promise.race([this.#until(() => expectation.isMetByStartOf(this.#printed)), pause(OUTPUT_TIMEOUT)]);
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

  /** Returns an error that contains the output of the process. */
  failure(what: string): Error {
    return new Error(`${this.#name} ${what}. It printed:\n${this.#printed}\n${this.#errors}`);
  }

  /** Stops the process and what it started. */
  async stop(): Promise<void> {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The process group has ended.
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
