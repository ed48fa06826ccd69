import type { LiveInfo } from "@sse/core";
import { maxDelay } from "@sse/core/internal";
import type { ClientClock } from "../clock.js";
import { idleTimeoutOf } from "../transport/control-events.js";
import type { Receiver, Transport } from "../transport/transport.js";
import { Follower } from "./follower.js";
import { Leader } from "./leader.js";
import { isMessage, type LeaderContent, type Message } from "./messages.js";
import type { Replica } from "./replica.js";

/** The parts of a browser with which tabs find each other. */
export interface TabPlatform {
  /**
   * The tab that holds the lock of a name leads. A browser passes the lock on when that tab is
   * gone.
   */
  readonly locks: Pick<LockManager, "request">;
  /** Carries messages between tabs. */
  readonly BroadcastChannel: typeof BroadcastChannel;
}

/** The parameters of a {@link Tab}. */
export interface TabOptions {
  readonly name: string;
  readonly platform: TabPlatform;
  readonly clock: ClientClock;
  /**
   * Milliseconds without a message after which the leader counts as blocked. Default: by the
   * heartbeat.
   */
  readonly idleTimeout: number | undefined;
  readonly receiver: Receiver;
  readonly replica: Replica;
  /** Creates the connection, should this tab become the leader. */
  readonly createOwn: (receiver: Receiver) => Transport;
}

/** The idle timeout where no heartbeat is announced. */
const defaultIdleTimeout = 30_000;

/**
 * The part of one tab in a shared connection: it follows a leader, and becomes the leader when that
 * is gone or blocked (`alert()`, a debugger, a frozen worker). Ends when its signal aborts.
 */
export class Tab {
  readonly #options: TabOptions;
  readonly #signal: AbortSignal;
  readonly #channel: BroadcastChannel;
  readonly #follower: Follower;
  readonly #self = `${Math.random()}`;
  #leader: Leader | undefined;
  /** Aborts when this tab no longer leads. */
  #leading = new AbortController();
  /** Aborts the wait for the lock. */
  #waiting = new AbortController();
  /** The highest term of a leader that this tab has seen. */
  #term = 0;
  #idleTimeout: number;
  /** The number of times in a row that the watchdog has found no message of a leader. */
  #silences = 0;
  #steals = false;
  #timer: unknown;

  constructor(options: TabOptions, signal: AbortSignal) {
    const { name, platform, replica, receiver, idleTimeout } = options;
    this.#options = options;
    this.#signal = signal;
    this.#idleTimeout = idleTimeout || defaultIdleTimeout;
    this.#channel = new platform.BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => isMessage(data) && this.#receive(data);
    this.#follower = new Follower(
      replica,
      this.#self,
      (message) => this.#post({ ...message, seen: this.#term }),
      () => receiver.requestPrepared(),
    );
    signal.addEventListener("abort", () => {
      options.clock.clearTimeout(this.#timer);
      this.#channel.close();
      this.#stepDown();
      this.#waiting.abort();
    });
  }

  /** Connects at once if the leader waits to reconnect. */
  wake(): void {
    if (this.#leader) this.#leader.transport.wake();
    else this.#post({ wake: true });
  }

  /** Follows, and leads whenever this tab gets the lock. */
  async run(): Promise<void> {
    const { name, platform } = this.#options;
    this.#watch();
    while (!this.#signal.aborted) {
      this.#follower.ask(true);
      this.#waiting = new AbortController();
      const { signal } = this.#waiting;
      const options: LockOptions = this.#steals ? { steal: true } : { signal };
      const lead = () => this.#lead();
      // It rejects when the wait is aborted, or another tab steals the lock; and where a page may
      // use no locks, such as a sandboxed frame, which then has a connection of its own: several
      // clients of it that talked to each other would all lead, and depose each other for ever.
      const onError = ({ name }: Error) => {
        if (name === "AbortError") return;
        this.#channel.close();
        return lead();
      };
      await platform.locks.request(name, options, lead).catch(onError);
      this.#stepDown();
    }
  }

  #lead(): unknown {
    // A lock that is stolen is granted also after the client was closed.
    if (this.#signal.aborted) return;
    const { replica, receiver, createOwn, clock } = this.#options;
    this.#steals = false;
    // By the date, for a tab whose fellow tabs are all blocked.
    const term = Math.max(performance.timeOrigin + performance.now(), this.#term + 0.001);
    this.#term = term;
    this.#leading = new AbortController();
    const { signal } = this.#leading;
    const post = (content: LeaderContent, to?: string) =>
      signal.aborted || this.#post({ ...content, term, ...(to && { to }) });
    this.#leader = new Leader(replica, receiver, createOwn, post, clock);
    this.#leader.transport.start(signal);
    return new Promise((resolve) => signal.addEventListener("abort", resolve));
  }

  #post(message: Message): void {
    try {
      this.#channel.postMessage(message);
    } catch {
      // The channel is closed, or broken, as in Deno after its last one was closed. The events of
      // this tab do not depend on it.
    }
  }

  #stepDown(): void {
    this.#leading.abort();
    this.#leader?.close();
    this.#leader = undefined;
    this.#silences = 0;
  }

  #receive(message: Message): void {
    if ("to" in message && message.to !== this.#self) return;
    if (!("term" in message)) {
      if ("seen" in message) this.#compareTerms(message);
      this.#leader?.receive(message);
      return;
    }
    // Messages of a leader before this one may arrive late.
    if (message.term < this.#term || (this.#leader && message.term === this.#term)) return;
    if (message.term > this.#term) this.#stepDown();
    this.#term = message.term;
    this.#silences = 0;
    if ("status" in message && message.status.name === "live") this.#adoptHeartbeat(message.status.info);
    this.#follower.receive(message);
  }

  /**
   * Adopts the highest term, or sends it to a tab that joins. The date alone does not order terms:
   * a clock may have been set back before that tab was opened.
   */
  #compareTerms(message: Extract<Message, { seen: number }>): void {
    const { seen } = message;
    const isBehind = "joining" in message && message.joining && seen < this.#term;
    if (isBehind) this.#post({ seen: this.#term, to: message.from });
    // A tab that leads recognizes a later leader by its messages, and steps down.
    if (!this.#leader) this.#term = Math.max(this.#term, seen);
  }

  #adoptHeartbeat(info: object | undefined): void {
    const announced = idleTimeoutOf((info ?? {}) as LiveInfo);
    this.#idleTimeout = this.#options.idleTimeout || announced || defaultIdleTimeout;
    this.#watch();
  }

  /**
   * Looks three times per idle timeout for a message of the leader: asks it for a sign after the
   * first silence, so that a tab which was itself frozen reads its messages first, and steals the
   * lock after the second one.
   */
  #watch(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    // Tabs that look at different times do not steal from each other.
    const delay = (this.#idleTimeout / 3) * (1 - clock.random() / 5);
    this.#timer = clock.setTimeout(
      () => {
        this.#watch();
        if (this.#leader) return;
        this.#silences += 1;
        if (this.#silences === 2) this.#follower.ask();
        if (this.#silences < 3) return;
        this.#steals = true;
        this.#waiting.abort();
      },
      Math.min(delay, maxDelay),
    );
  }
}
