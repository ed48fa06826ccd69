import { askLeader, nextSequence } from "../connection/history.js";
import type { Link } from "../connection/link.js";
import type { Session } from "../connection/session.js";
import type { StoredMessage } from "../entry-codec.js";
import { backfill, type Listing } from "./backfill.js";
import type { Followed } from "./followed.js";
import { OrderedConsumer } from "./ordered-consumer.js";

/** Receives what a {@link StreamFollower} finds in the stream. */
export interface StreamListener {
  /** The state to continue from, `undefined` before the first backfill. */
  readonly followed: Followed | undefined;
  /** Following starts after the head of a new index. */
  begin(listing: Listing): void;
  /** The next message of the stream. */
  receive(sequence: number, message: StoredMessage): void;
  /**
   * The messages between the head and this sequence were evicted before they were received; their
   * channels are not known.
   */
  skipTo(sequence: number): void;
}

/**
 * Follows the whole stream for one session. A hole in the sequences shows what was evicted before
 * it was received.
 */
export class StreamFollower {
  readonly #link: Link;
  readonly #session: Session;
  readonly #listener: StreamListener;
  readonly #abort = new AbortController();
  #consumer: OrderedConsumer | undefined;

  constructor(link: Link, session: Session, listener: StreamListener) {
    this.#link = link;
    this.#session = session;
    this.#listener = listener;
  }

  /**
   * Continues after the followed head, or lists the stream first. Rejects if the server refuses, or
   * after {@link end}.
   */
  async start(): Promise<void> {
    if (this.#listener.followed?.epoch !== this.#session.epoch) await this.#list();
    await this.#continue();
  }

  /** The listener is not called after this. */
  end(): void {
    this.#abort.abort(new Error("following has ended"));
    this.#consumer?.end();
  }

  async #list(): Promise<void> {
    const { signal } = this.#abort;
    const listing = await backfill(this.#link, this.#session, signal);
    signal.throwIfAborted();
    this.#listener.begin(listing);
  }

  async #continue(): Promise<void> {
    this.#abort.signal.throwIfAborted();
    const followed = this.#listener.followed!;
    followed.index.dropBefore(this.#session.info.state.first_seq);
    const consumer = await this.#consume(followed);
    await this.#skipEvicted(followed, consumer);
  }

  /** Lists the stream again: what was removed unseen is known by what is left. */
  #relist(): void {
    this.#consumer?.end();
    this.#consumer = undefined;
    const relisted = this.#list().then(() => this.#continue());
    relisted.catch((error: unknown) => this.#link.invalidate(this.#session, error));
  }

  #skipTo(sequence: number): void {
    if (this.#link.subjects.holdsWhole) this.#relist();
    else this.#listener.skipTo(sequence);
  }

  async #consume(followed: Followed): Promise<OrderedConsumer> {
    const consumer = new OrderedConsumer(this.#link, this.#session, {
      message: (sequence, message) => this.#receive(followed, sequence, message),
      broken: (error) => this.#link.invalidate(this.#session, error),
    });
    this.#consumer = consumer;
    await consumer.start({ from: followed.head + 1, headersOnly: false });
    return consumer;
  }

  /**
   * Skips what was appended during an outage if all of it has been evicted already. The consumer
   * may find that first, and the stream is listed again then.
   */
  async #skipEvicted(followed: Followed, consumer: OrderedConsumer): Promise<void> {
    const { head } = followed;
    const { last_seq } = this.#session.info.state;
    if (last_seq <= head) return;
    const { stream } = this.#link.settings;
    const next = await askLeader(this.#session, stream, last_seq, () =>
      nextSequence(this.#session.jsm, stream, head + 1),
    );
    if (this.#abort.signal.aborted || this.#consumer !== consumer || followed.head > head) return;
    if (next === undefined) this.#skipTo(last_seq);
  }

  #receive(followed: Followed, sequence: number, message: StoredMessage): void {
    if (sequence <= followed.head) return;
    if (sequence > followed.head + 1) this.#skipTo(sequence - 1);
    if (followed.head === sequence - 1) this.#listener.receive(sequence, message);
  }
}
