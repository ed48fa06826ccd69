import { SseError } from "@sse/core";
import { createMemoryLog } from "@sse/hub";
import type {
  AppendOptions,
  Channel,
  EventLog,
  LogFollower,
  LogPage,
  NewLogEntry,
  Position,
  ReadOptions,
  ReadStart,
  WantedChannel,
} from "@sse/hub/log";
import { SelectiveLog, type Whims } from "../../../packages/hub/test/support/selective-log.js";
import { describeEventLog } from "../src/event-log.js";
import { turns } from "../src/turns.js";

describeEventLog("createMemoryLog", (bounds) => ({ log: createMemoryLog(bounds) }));

/** A log behind a network of one turn of the event loop: proves that the suite takes nothing to be synchronous. */
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

/** A selective log that gives what is newly wanted, and says what it has passed, a little later and of its own accord. */
class EagerLog extends SelectiveLog {
  override want(channel: Channel): WantedChannel {
    void turns(2).then(() => this.give());
    return super.want(channel);
  }

  override append(...args: Parameters<EventLog["append"]>): Promise<Position> {
    void turns(3).then(() => this.pass());
    return super.append(...args);
  }
}

const selective: [string, Partial<Whims>][] = [
  ["lets go at once", {}],
  ["lingers and gives more than that", { lingers: 3, extras: 30, passes: 30 }],
];
for (const [what, whims] of selective)
  describeEventLog(`a log that gives only what is wanted and ${what}`, (bounds) => ({
    log: new EagerLog(createMemoryLog(bounds), whims),
  }));
