import {
  comparePositions,
  type EpochOffset,
  formatPosition,
  type LogFollower,
  type LogPage,
  type NewRunEntry,
  type Position,
  type ReadOptions,
  type ReadStart,
  type RunAppendOptions,
  type RunChannel,
  type RunLog,
} from "@sse/hub/log";
import { EpochProbe } from "../epoch/epoch-probe.js";
import { logClosed, unavailable } from "../errors.js";
import { Link, type LinkContext } from "../link.js";
import type { RedisLogSettings } from "../options.js";
import { Tail } from "../tail.js";
import { CallQueue } from "./call-queue.js";
import { RunStore } from "./run-store.js";

/**
 * Keeps the runs of a hub, each in a stream of its own. It connects when it is first used, with
 * connections of its own: for appends, for reads and for following.
 */
export class RedisRunLog implements RunLog {
  readonly #store: RunStore;
  readonly #commands: Link<EpochOffset>;
  readonly #reads: Link<EpochOffset>;
  readonly #calls = new CallQueue(() => this.#reads.isOpen);
  readonly #tail: Tail;
  readonly #probe: EpochProbe;
  #closed = false;

  constructor(settings: RedisLogSettings, context: LinkContext, probeInterval: number) {
    const { clock, commandTimeout } = settings;
    this.#store = new RunStore(settings);
    const link = (onError?: (error: unknown) => void) =>
      new Link(
        context,
        (session) => {
          this.#probe.start();
          return this.#store.script.open(session);
        },
        onError,
      );
    this.#probe = new EpochProbe(link(), clock, probeInterval);
    this.#commands = link();
    this.#reads = link();
    this.#tail = new Tail(link, this.#store, Math.ceil(commandTimeout / 2), async () =>
      this.#store.head(await this.#commands.connected()),
    );
  }

  async append(
    channel: RunChannel,
    entries: readonly NewRunEntry[],
    options: RunAppendOptions,
  ): Promise<readonly Position[]> {
    this.#assertOpen();
    return this.#store.append(await this.#commands.connected(), channel, entries, options);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#try(() =>
      this.#calls.run(async () => this.#store.read(await this.#reads.connected(), start, options)),
    );
  }

  async head(): Promise<Position> {
    return this.#try(async () => formatPosition(await this.#store.head(await this.#commands.connected())));
  }

  follow(follower: LogFollower): () => void {
    this.#assertOpen();
    return this.#tail.add(follower);
  }

  compare(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#probe.close();
    this.#tail.close();
    this.#reads.close();
    this.#commands.close();
  }

  /** Makes a call that stores nothing. */
  async #try<T>(call: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await call();
    } catch (error) {
      throw this.#closed ? logClosed() : unavailable(error);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }
}
