import type { Link, Session } from "../connection/link.js";
import type { StoredMessage } from "../entry-codec.js";
import { backfill } from "./backfill.js";
import { Delivery } from "./ordered-consumer.js";
import type { Followed } from "./tail.js";

/** Receives what a {@link StreamFollower} finds in the stream. */
export interface StreamListener {
  /** The state to continue from, `undefined` before the first backfill. */
  readonly followed: Followed | undefined;
  /** Following starts after the head of a new index. */
  begin(followed: Followed): void;
  /** The next message of the stream. */
  take(sequence: number, message: StoredMessage): void;
  /** The messages between the head and this sequence were evicted before they were received; their channels are not known. */
  skipTo(sequence: number): void;
}

/** Follows the whole stream for one session. A hole in the sequences shows what was evicted before it was received. */
export class StreamFollower {
  readonly #link: Link;
  readonly #session: Session;
  readonly #listener: StreamListener;
  readonly #abort = new AbortController();
  #delivery: Delivery | undefined;

  constructor(link: Link, session: Session, listener: StreamListener) {
    this.#link = link;
    this.#session = session;
    this.#listener = listener;
  }

  /** Continues after the followed head, or lists the stream first. Rejects if the server refuses, or after {@link end}. */
  async begin(): Promise<void> {
    const { epoch } = this.#session;
    if (this.#listener.followed?.epoch !== epoch) {
      const { index, head } = await backfill(this.#link, this.#session, this.#abort.signal);
      this.#listener.begin({ epoch, index, head });
    }
    await this.#deliver(this.#listener.followed!);
  }

  /** The listener is not called after this. */
  end(): void {
    this.#abort.abort(new Error("following has ended"));
    this.#delivery?.end();
  }

  async #deliver(followed: Followed): Promise<void> {
    const { first_seq, last_seq } = this.#session.info.state;
    followed.index.dropBefore(first_seq);
    let received = false;
    this.#delivery = new Delivery(this.#link, this.#session, {
      message: (sequence, message) => {
        received = true;
        this.#take(followed, sequence, message);
      },
      broken: (error) => this.#link.doubt(this.#session, error),
    });
    const pending = await this.#delivery.begin({ from: followed.head + 1, headersOnly: false });
    if (this.#abort.signal.aborted) return;
    // Everything that was appended during an outage may have been evicted already.
    if (pending === 0 && !received && last_seq > followed.head) this.#listener.skipTo(last_seq);
  }

  #take(followed: Followed, sequence: number, message: StoredMessage): void {
    if (sequence <= followed.head) return;
    if (sequence > followed.head + 1) this.#listener.skipTo(sequence - 1);
    this.#listener.take(sequence, message);
  }
}
