import { setImmediate } from "node:timers/promises";

/** Lets tasks run until something is so. No time passes for code with injected timers. */
export async function until(holds: () => boolean): Promise<void> {
  for (let task = 0; task < 10_000; task++) {
    if (holds()) return;
    await setImmediate();
  }
  throw new Error(`it never came to pass: ${holds}`);
}

/** Lets so many tasks run that whatever was on its way has come. */
export async function quiet(): Promise<void> {
  for (let task = 0; task < 50; task++) await setImmediate();
}

/** Timers whose time is moved by hand. */
export class ManualTimers {
  /** The delay of each timer that was set, in milliseconds. */
  readonly delays: number[] = [];
  #pending = new Map<number, () => void>();

  setTimeout = (callback: () => void, milliseconds: number): unknown => {
    const timer = this.delays.push(milliseconds);
    this.#pending.set(timer, callback);
    return timer;
  };

  clearTimeout = (timer: unknown): void => {
    this.#pending.delete(timer as number);
  };

  /** The number of timers that run. */
  get running(): number {
    return this.#pending.size;
  }

  /** All timers that run fire. */
  fire(): void {
    const callbacks = [...this.#pending.values()];
    this.#pending.clear();
    for (const callback of callbacks) callback();
  }
}

/** A stream of texts, which then ends, breaks or stays open. */
export function streamOf(
  texts: readonly string[],
  after: "end" | "break" | "hold" = "end",
): ReadableStream<Uint8Array> {
  const chunks = texts.map((text) => new TextEncoder().encode(text));
  return new ReadableStream(
    {
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk) controller.enqueue(chunk);
        else if (after === "end") controller.close();
        else if (after === "break") controller.error(new TypeError("broken"));
        else return new Promise<void>(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
