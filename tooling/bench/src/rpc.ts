import type { ChildProcess } from "node:child_process";

/** Functions that a process runs for its parent, by name. Parameters and results are plain data. */
export type Methods = Record<string, (parameters: never) => unknown>;

interface Call {
  number: number;
  method: string;
  parameters: unknown;
}

interface Answer {
  number: number;
  result?: unknown;
  error?: string;
}

/** In the child: responds to the calls of the parent, until the parent has exited. */
export function answer(methods: Methods): void {
  process.on("message", async ({ number, method, parameters }: Call) => {
    const reply: Answer = { number };
    try {
      reply.result = await methods[method]!(parameters as never);
    } catch (error) {
      reply.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    process.send?.(reply);
  });
  process.once("disconnect", () => process.exit());
}

/** In the parent: a child whose methods can be called. */
export class Caller<Of extends Methods> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #calls = 0;

  /** Receives what the child sends without a request. */
  onNotice: (notice: number) => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: Answer | { notice: number }) => {
      if ("notice" in message) this.onNotice(message.notice);
      else this.#take(message);
    });
    child.once("exit", (code, signal) => this.#fail(`the process ended (${signal ?? code})`));
    child.once("error", ({ message }) => this.#fail(message));
  }

  call<Name extends keyof Of & string>(
    method: Name,
    parameters: Parameters<Of[Name]>[0],
  ): Promise<Awaited<ReturnType<Of[Name]>>> {
    this.#calls += 1;
    const number = this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ number, method, parameters } satisfies Call, (error) => error && reject(error));
    });
  }

  #take({ number, result, error }: Answer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}
