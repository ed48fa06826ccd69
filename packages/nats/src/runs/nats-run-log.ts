import {
  appendConflict,
  comparePositions,
  type LogFollower,
  type LogPage,
  logClosed,
  type NewRunEntry,
  offsetIn,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
  type RunAppendOptions,
  type RunChannel,
  type RunLog,
} from "@sse/hub/log";
import type { ConnectionSource, ReadConnection } from "../connection/connections.js";
import type { NatsLogSettings } from "../options.js";
import { RunStream } from "./run-stream.js";

/** Keeps the runs of a hub in a stream of their own, which is created when it is first used. */
export class NatsRunLog implements RunLog {
  readonly #source: ConnectionSource;
  readonly #settings: NatsLogSettings;
  readonly #reads: ReadConnection;
  #opened: RunStream | undefined;
  #closed = false;

  constructor(source: ConnectionSource, settings: NatsLogSettings, reads: ReadConnection) {
    this.#source = source;
    this.#settings = settings;
    this.#reads = reads;
  }

  async append(
    channel: RunChannel,
    entries: readonly NewRunEntry[],
    { after, ttl }: RunAppendOptions,
  ): Promise<readonly Position[]> {
    const stream = this.#stream();
    const session = await stream.ready();
    let last = after === "" ? 0 : offsetIn(session.epoch, after);
    if (Number.isNaN(last) || !stream.mayBe(session, last, parsePosition(after)?.tag)) throw appendConflict();
    const positions: Position[] = [];
    for (const entry of entries) {
      const isFirst = after === "" && positions.length === 0;
      const stored = isFirst
        ? await stream.create(session, channel, entry, ttl)
        : await stream.append(session, channel, entry, { last, ttl });
      if (stored === undefined) throw appendConflict();
      last = stored.sequence;
      positions.push(stored.position);
    }
    return positions;
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#stream().reads.read(start, options);
  }

  follow(follower: LogFollower): () => void {
    return this.#stream().reads.follow(follower);
  }

  async head(): Promise<Position> {
    return this.#stream().reads.head();
  }

  compare(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opened?.close();
  }

  #stream(): RunStream {
    if (this.#closed) throw logClosed();
    this.#opened ??= new RunStream(this.#source, this.#settings, this.#reads);
    return this.#opened;
  }
}
