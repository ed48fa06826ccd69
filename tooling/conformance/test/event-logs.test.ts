import { SseError } from "@sse/core";
import { createMemoryLog } from "@sse/hub";
import type {
  AppendOptions,
  EventLog,
  LogFollower,
  LogPage,
  NewLogEntry,
  Position,
  ReadOptions,
  ReadStart,
} from "@sse/hub/log";
import { describeEventLog } from "../src/event-log.js";
import { turns } from "../src/turns.js";

describeEventLog("createMemoryLog", (bounds) => ({ log: createMemoryLog(bounds) }));

/**
 * A log behind a network of one turn of the event loop: proves that the suite takes nothing to be
 * synchronous.
 */
class DistantLog implements EventLog {
  readonly #engine: EventLog;
  readonly #stops = new Set<() => void>();
  #closed = false;

  constructor(engine: EventLog) {
    this.#engine = engine;
  }

  async append(entry: NewLogEntry, options?: AppendOptions): Promise<Position> {
    await this.#travel();
    return this.#engine.append(entry, options);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    await this.#travel();
    return this.#engine.read(start, { ...options, limit: Math.min(options.limit, 3) });
  }

  follow(follower: LogFollower): () => void {
    this.#assertOpen();
    let following = true;
    const later = (call: () => void) => void turns(2).then(() => following && call());
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
    await this.#travel();
    return this.#engine.head();
  }

  compare(a: Position, b: Position): number {
    return this.#engine.compare(a, b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop();
  }

  async #travel(): Promise<void> {
    this.#assertOpen();
    await turns(1);
  }

  #assertOpen(): void {
    if (this.#closed) throw new SseError("closed", "this log has been closed");
  }
}

describeEventLog("a log behind a network", (bounds) => {
  const engine = createMemoryLog(bounds);
  return {
    log: new DistantLog(engine),
    another: () => new DistantLog(engine),
    dispose: () => engine.close(),
  };
});
