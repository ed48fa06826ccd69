import {
  type AppendOptions,
  comparePositions,
  type EpochOffset,
  type EventLog,
  formatPosition,
  type HubBus,
  type LogFollower,
  type LogPage,
  type LogRetention,
  type NewLogEntry,
  type Position,
  type ReadOptions,
  type ReadStart,
  type RunLog,
} from "@sse/hub/log";
import { RedisBus } from "./bus.js";
import type { RedisDriver } from "./driver.js";
import { EpochProbe } from "./epoch/epoch-probe.js";
import { logClosed, unavailable } from "./errors.js";
import { Link, type LinkContext } from "./link.js";
import { driverFor, driverForUrl } from "./load-driver.js";
import { type RedisLogOptions, type RedisLogSettings, resolveOptions } from "./options.js";
import { PageReader } from "./read/page-reader.js";
import { retentionOfLog } from "./retention.js";
import { RedisRunLog } from "./runs/redis-run-log.js";
import type { Session } from "./session.js";
import { Store } from "./store.js";
import { Tail } from "./tail.js";

/** A new connection looks for another epoch at most after this many times `commandTimeout`. */
const maxProbeInterval = 6;

/** An event log in Redis, with a bus between the hubs that share it. */
export interface RedisLog extends EventLog {
  readonly bus: HubBus;
  readonly retention: LogRetention;
  readonly runs: RunLog;
}

/**
 * Creates a log on Redis Streams: Redis 6.2 or later, or Valkey. Every instance of a hub creates
 * one with the same key. It connects when it is first used, with up to four connections: for
 * appends, for reads, for following, and for the bus. Runs use three more.
 *
 * @throws {SseError} `invalid-option`. A `url` without an installed client library is noticed when
 * the log is first used.
 */
export function createRedisLog(options: RedisLogOptions): RedisLog {
  const settings = resolveOptions(options);
  const { client, url = "" } = options;
  if (client === undefined) {
    let loading: Promise<RedisDriver> | undefined;
    return new StreamLog(settings, () => {
      loading ??= driverForUrl(url);
      return loading;
    });
  }
  const driver = driverFor(client);
  return new StreamLog(settings, async () => driver);
}

class StreamLog implements RedisLog {
  readonly retention: LogRetention;
  readonly bus: HubBus;
  readonly runs: RunLog;
  readonly #context: LinkContext;
  readonly #store: Store;
  readonly #commands: Link<EpochOffset>;
  readonly #reader: PageReader;
  readonly #tail: Tail;
  readonly #probe: EpochProbe;
  #closed = false;

  constructor(settings: RedisLogSettings, driver: () => Promise<RedisDriver>) {
    const { clock, commandTimeout, key } = settings;
    const blocking = Math.ceil(commandTimeout / 2);
    this.#context = { driver, clock, commandTimeout };
    this.retention = retentionOfLog(settings);
    this.#store = new Store(settings, (warning) => this.#tail.report("server settings", warning));
    this.#commands = this.#link();
    const probeInterval = maxProbeInterval * commandTimeout;
    this.#probe = new EpochProbe(this.#link(), clock, probeInterval);
    this.#reader = new PageReader(this.#link(), this.#store, clock);
    this.#tail = new Tail(
      (onError) => this.#link(onError),
      this.#store,
      blocking,
      async () => this.#store.head(await this.#commands.connected()),
    );
    this.bus = new RedisBus({
      channel: `{${key}}:bus`,
      commands: this.#commands,
      subscription: (subscribe, onError) => this.#subscription(subscribe, onError),
      pingInterval: blocking,
      clock,
    });
    this.runs = new RedisRunLog(settings, this.#context, probeInterval);
  }

  async append(entry: NewLogEntry, options: AppendOptions = {}): Promise<Position> {
    this.#assertOpen();
    return this.#store.append(await this.#commands.connected(), entry, options);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    this.#assertOpen();
    return this.#reader.read(start, options);
  }

  async head(): Promise<Position> {
    this.#assertOpen();
    try {
      return formatPosition(await this.#store.head(await this.#commands.connected()));
    } catch (error) {
      throw this.#closed ? logClosed() : unavailable(error);
    }
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
    this.#reader.close();
    await Promise.all([this.bus.close(), this.runs.close()]);
    this.#commands.close();
  }

  /** Makes a link whose sessions begin by finding the epoch. */
  #link(onError?: (error: unknown) => void): Link<EpochOffset> {
    const open = (session: Session) => {
      this.#probe.start();
      return this.#store.open(session);
    };
    return new Link(this.#context, open, onError);
  }

  /**
   * Makes the link of the bus. A subscription at a server that was replaced would receive nothing
   * more, so it joins the store.
   */
  #subscription(
    subscribe: (session: Session) => Promise<void>,
    onError: (error: unknown) => void,
  ): Link<void> {
    const prepare = (session: Session) => {
      this.#store.join(session);
      return subscribe(session);
    };
    return new Link(this.#context, prepare, onError);
  }

  #assertOpen(): void {
    if (this.#closed) throw logClosed();
  }
}
