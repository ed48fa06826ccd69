import { Beginning } from "../async.js";
import type { Link, Session } from "../connection/link.js";
import type { StoredMessage } from "../entry-codec.js";
import { backfill } from "./backfill.js";
import type { Followed, FollowedStream, Following } from "./follow-strategy.js";
import { Delivery } from "./ordered-consumer.js";

/** Follows the whole stream: what was evicted before it came is seen as a hole in the sequences. */
export class FollowEverything implements Following {
  readonly #link: Link;
  readonly #session: Session;
  readonly #stream: FollowedStream;
  readonly #beginning = new Beginning();
  #delivery: Delivery | undefined;

  constructor(link: Link, session: Session, stream: FollowedStream) {
    this.#link = link;
    this.#session = session;
    this.#stream = stream;
  }

  async begin(): Promise<void> {
    const { epoch } = this.#session;
    const { followed } = this.#stream;
    if (followed?.epoch !== epoch || followed.listed !== undefined) {
      const { index, head } = await backfill(this.#link, this.#session, this.#beginning.signal);
      this.#stream.begin({ epoch, index, listed: undefined, head });
    }
    this.#beginning.done();
    await this.#deliver(this.#stream.followed!);
  }

  end(): void {
    this.#beginning.end();
    this.#delivery?.end();
  }

  want(): void {}

  cover(): Promise<void> {
    return this.#beginning.promise;
  }

  hurry(): void {}

  async #deliver(followed: Followed): Promise<void> {
    const { first_seq, last_seq } = this.#session.info.state;
    followed.index.dropBefore(first_seq);
    let came = false;
    this.#delivery = new Delivery(this.#link, this.#session, {
      message: (sequence, message) => {
        came = true;
        this.#take(followed, sequence, message);
      },
      broken: (error) => this.#link.doubt(this.#session, error),
    });
    const pending = await this.#delivery.begin({ from: followed.head + 1, headersOnly: false });
    if (this.#beginning.signal.aborted) return;
    // All that came during an outage may be gone already.
    if (pending === 0 && !came && last_seq > followed.head) this.#stream.skipTo(last_seq);
  }

  #take(followed: Followed, sequence: number, message: StoredMessage): void {
    if (sequence <= followed.head) return;
    if (sequence > followed.head + 1) this.#stream.skipTo(sequence - 1);
    this.#stream.take(sequence, message);
  }
}
