import { askLeader, nextSequence } from "../connection/history.js";
import type { Link } from "../connection/link.js";
import type { Session } from "../connection/session.js";
import type { StoredMessage } from "../entry-codec.js";
import { OrderedConsumer } from "./ordered-consumer.js";

/** The range of a scan, and the receiver of what it finds. */
export interface ScanOptions {
  /** The last sequence of interest. */
  readonly through: number;
  /** Ends the scan. */
  readonly signal: AbortSignal;
  found(sequence: number, message: StoredMessage): void;
}

/**
 * Scans the headers of what the stream holds. Resolves to the server's time at the start.
 *
 * @throws (as a rejection) if the consumer breaks or lags, the leader does not answer, or the
 * signal aborts.
 */
export function scanStream(link: Link, session: Session, options: ScanOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    options.signal.throwIfAborted();
    new StreamScan(link, session, options, { resolve, reject }).start();
  });
}

interface Outcome {
  resolve(serverTime: Promise<number>): void;
  reject(error: unknown): void;
}

/**
 * A scan by a consumer. That may be on a replica that lags, so the leader decides when it is
 * complete.
 */
class StreamScan {
  readonly #session: Session;
  readonly #options: ScanOptions;
  readonly #outcome: Outcome;
  readonly #consumer: OrderedConsumer;
  readonly #stream: string;
  #last = 0;
  /** The last sequence at the check before, if the replica was late then. */
  #lateAt: number | undefined;
  #checking = false;
  #serverTime: Promise<number> = Promise.resolve(0);

  constructor(link: Link, session: Session, options: ScanOptions, outcome: Outcome) {
    this.#session = session;
    this.#options = options;
    this.#outcome = outcome;
    this.#stream = link.settings.stream;
    this.#consumer = new OrderedConsumer(link, session, {
      message: (sequence, message) => this.#receive(sequence, message),
      caughtUp: () => void this.#check(),
      broken: (error) => this.#fail(error),
    });
  }

  start(): void {
    this.#options.signal.addEventListener("abort", this.#abort);
    this.#serverTime = this.#consumer.start({ from: 1, headersOnly: true }).then(({ pending, createdAt }) => {
      if (pending === 0) void this.#check();
      return createdAt;
    });
    this.#serverTime.catch((error: unknown) => this.#fail(error));
  }

  readonly #abort = (): void => this.#fail(this.#options.signal.reason);

  #receive(sequence: number, message: StoredMessage): void {
    const { through, found } = this.#options;
    this.#last = sequence;
    if (sequence <= through) found(sequence, message);
    if (sequence >= through) this.#complete();
  }

  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    const last = this.#last;
    try {
      const { through } = this.#options;
      const next = await askLeader(this.#session, this.#stream, through, () =>
        nextSequence(this.#session.jsm, this.#stream, last + 1),
      );
      if (next === undefined || next > through) this.#complete();
      else if (last === this.#lateAt) throw new Error("the consumer's replica lags behind the leader");
      this.#lateAt = last;
    } catch (error) {
      this.#fail(error);
    }
    this.#checking = false;
  }

  #complete(): void {
    this.#end();
    this.#outcome.resolve(this.#serverTime);
  }

  #fail(error: unknown): void {
    this.#end();
    this.#outcome.reject(error);
  }

  #end(): void {
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#consumer.end();
  }
}
