import { isSseError } from "@sse/core";
import type {
  AppendOptions,
  EventLog,
  HubBus,
  LogFollower,
  LogPage,
  LogRetention,
  NewLogEntry,
  Position,
  ReadOptions,
  ReadStart,
} from "@sse/hub/log";
import { RedisBus } from "./bus.js";
import type { RedisDriver } from "./driver.js";
import { EpochProbe } from "./epoch-probe.js";
import { closed, Link, type LinkContext, type Opened } from "./link.js";
import { driverFor, driverForUrl } from "./load-driver.js";
import { type RedisLogOptions, type RedisLogSettings, resolveOptions } from "./options.js";
import { comparePositions, type Place, positionOf } from "./position.js";
import { promisedRetention } from "./retention.js";
import { type Session, unavailable } from "./session.js";
import { Store } from "./store.js";
import { Tail } from "./tail.js";

/** How many times `commandTimeout` pass at most before a new connection looks for another epoch. */
const probeInterval = 6;

/** An event log in Redis, with a bus between the hubs that share it. */
export interface RedisLog extends EventLog {
  readonly bus: HubBus;
  readonly retention: LogRetention;
}

/**
 * Makes a log on Redis Streams: Redis 6.2 or later, or Valkey. Every instance of a hub makes one with the same key. Nothing is connected before it is used;
 * then there are up to three connections: for commands, for following, and for the bus.
 *
 * @throws {SseError} `invalid-option`. A `url` without an installed client library is noticed when the log is first used.
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
  readonly #store: Store;
  readonly #commands: Link<Place>;
  readonly #tail: Tail;
  readonly #probe: EpochProbe;
  #closed = false;

  constructor(settings: RedisLogSettings, driver: () => Promise<RedisDriver>) {
    const { clock, commandTimeout, key } = settings;
    const context: LinkContext = { driver, clock, commandTimeout };
    const watch = Math.ceil(commandTimeout / 2);
    this.retention = promisedRetention(settings);
    this.#store = new Store(settings);
    const open = (session: Session) => {
      this.#probe.start();
      return this.#store.open(session);
    };
    this.#probe = new EpochProbe(new Link(context, open), clock, probeInterval * commandTimeout);
    this.#commands = new Link(context, open);
    this.#tail = new Tail(
      (onTrouble) => new Link(context, open, onTrouble),
      this.#store,
      watch,
      async () => this.#store.head(await this.#commands.soon()),
    );
    this.bus = new RedisBus({
      channel: `{${key}}:bus`,
      commands: this.#commands,
      subscription: (subscribe, onTrouble) =>
        new Link(
          context,
          (session) => {
            // Whoever subscribes at a server that was replaced hears nothing more.
            this.#store.join(session);
            return subscribe(session);
          },
          onTrouble,
        ),
      watch,
      clock,
    });
  }

  async append(entry: NewLogEntry, options: AppendOptions = {}): Promise<Position> {
    this.#assertOpen();
    const opened = await this.#commands.soon();
    return this.#store.append(opened, entry, options);
  }

  async read(start: ReadStart, options: ReadOptions): Promise<LogPage> {
    return this.#ask((opened) => this.#store.read(opened, start, options));
  }

  async head(): Promise<Position> {
    return positionOf(await this.#ask((opened) => this.#store.head(opened)));
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
    await this.bus.close();
    this.#commands.close();
  }

  /** Asks Redis something that changes nothing. */
  async #ask<T>(question: (opened: Opened<Place>) => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await question(await this.#commands.soon());
    } catch (error) {
      if (this.#closed) throw closed();
      throw isSseError(error) ? error : unavailable(error);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw closed();
  }
}
