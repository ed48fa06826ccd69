import { SseError } from "@sse/core";
import { createMemoryLog } from "@sse/hub";
import type {
  AppendOptions,
  EventLog,
  LogFollower,
  LogPage,
  NewLogEntry,
  Position,
  ReadableLog,
  ReadOptions,
  ReadStart,
  RunLog,
} from "@sse/hub/log";
import { describeEventLog, describeRunLog } from "../src/conformance/index.js";
import { settle } from "../src/index.js";

/** A time that runs a thousand times as fast, for the releases of runs. */
const fastTime = {
  now: () => performance.now() * 1_000,
  timers: {
    setTimeout: (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds / 1_000),
    clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  },
};

describeEventLog("createMemoryLog", (bounds) => ({ log: createMemoryLog(bounds) }));
describeRunLog("createMemoryLog", () => ({ log: createMemoryLog(fastTime) }));

/**
 * The part of a log behind a network of one turn of the event loop: proves that the suites take
 * nothing to be synchronous.
 */
class DistantReads<Engine extends ReadableLog> implements ReadableLog {
  readonly #engine: Engine;
  readonly #stops = new Set<() => void>();
  #closed = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const limit = Math.min(options.limit, 3);
    return this.reach((engine) => engine.read(start, { ...options, limit }));
  }

  follow(follower: LogFollower): () => void {
    this.#assertOpen();
    let following = true;
    const later = (call: () => void) => void settle(2).then(() => following && call());
    const leave = this.#engine.follow({
      reset: (head) => later(() => follower.reset(head)),
      entries: (entries) => later(() => follower.entries(entries)),
      passed: (head) => later(() => follower.passed(head)),
      error: (error) => later(() => follower.error(error)),
    });
    const stop = () => {
      following = false;
      leave();
    };
    this.#stops.add(stop);
    return stop;
  }

  async head(): Promise<Position> {
    return this.reach((engine) => engine.head());
  }

  compare(a: Position, b: Position): number {
    return this.#engine.compare(a, b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop();
  }

  /** Calls the engine after a turn. */
  protected async reach<T>(call: (engine: Engine) => Promise<T>): Promise<T> {
    this.#assertOpen();
    await settle();
    return call(this.#engine);
  }

  #assertOpen(): void {
    if (this.#closed) throw new SseError("closed", "this log has been closed");
  }
}

class DistantLog extends DistantReads<EventLog> implements EventLog {
  readonly runs: DistantRunLog;

  constructor(engine: EventLog) {
    super(engine);
    this.runs = new DistantRunLog(engine.runs!);
  }

  append(entry: NewLogEntry, options?: AppendOptions): Promise<Position> {
    return this.reach((engine) => engine.append(entry, options));
  }

  override async close(): Promise<void> {
    await this.runs.close();
    await super.close();
  }
}

class DistantRunLog extends DistantReads<RunLog> implements RunLog {
  append(...args: Parameters<RunLog["append"]>): Promise<readonly Position[]> {
    return this.reach((engine) => engine.append(...args));
  }
}

describeEventLog("a log behind a network", (bounds) => distant(createMemoryLog(bounds)));
describeRunLog("a log behind a network", () => distant(createMemoryLog(fastTime)));

function distant(engine: EventLog) {
  return {
    log: new DistantLog(engine),
    another: () => new DistantLog(engine),
    dispose: () => engine.close(),
  };
}
