import { AckPolicy, DeliverPolicy, type DeliveryInfo } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/nats-core";
import type { Link, Session } from "../connection/link.js";
import type { StoredMessage } from "../entry-codec.js";

/** Where to begin. */
export interface DeliveryOptions {
  /** The first sequence. */
  readonly from: number;
  /** Whether the payloads are left out. */
  readonly headersOnly: boolean;
}

/** Who gets what the stream holds. */
export interface DeliveryListener {
  /**
   * The next message held. A higher sequence than the next one means: what lies between is no longer held.
   * `pending`: how many follow, which a server does not know exactly.
   */
  message(sequence: number, message: StoredMessage, pending: number): void;
  /** Nothing that is held lies between the last message and this sequence. */
  idle?(scannedThrough: number): void;
  /** Nothing comes any more, because something was lost on the way or nothing is heard of the server. Begin another delivery. */
  broken(error: unknown): void;
}

/** After so many heartbeats that did not come the server is taken to be gone. */
const missedHeartbeats = 3;

/**
 * What the stream holds from a sequence on, in order and without loss: one push consumer without acknowledgements. The server counts what it
 * delivers, so that a loss on the way shows; such a delivery is broken, and the next one begins at what is missing.
 */
export class Delivery {
  readonly #session: Session;
  readonly #link: Link;
  readonly #listener: DeliveryListener;
  #subscription: Subscription | undefined;
  #consumer: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #delivered = 0;
  #silentBeats = 0;
  #ended = false;

  constructor(link: Link, session: Session, listener: DeliveryListener) {
    this.#link = link;
    this.#session = session;
    this.#listener = listener;
  }

  /** Begins. Resolves to how many messages wait to be delivered; if it rejects, it has ended. */
  async begin(options: DeliveryOptions): Promise<number> {
    try {
      return await this.#begin(options);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  async #begin({ from, headersOnly }: DeliveryOptions): Promise<number> {
    const { heartbeat, inboxPrefix, stream } = this.#link.settings;
    const inbox = createInbox(inboxPrefix);
    this.#subscription = this.#session.nc.subscribe(inbox, {
      callback: (error, message) => this.#receive(error, message),
    });
    const { name, num_pending } = await this.#session.jsm.consumers.add(stream, {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: nanos(heartbeat),
      inactive_threshold: nanos(heartbeat * (missedHeartbeats + 1)),
      mem_storage: true,
      num_replicas: 1,
      ...(headersOnly ? { headers_only: true } : {}),
    });
    this.#consumer = name;
    if (this.#ended) this.#forgetConsumer();
    else this.#timer = setInterval(() => this.#beat(), heartbeat);
    // What has been delivered while the answer was under way no longer waits.
    return num_pending;
  }

  /** Nothing is given after this. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#subscription?.unsubscribe();
    this.#forgetConsumer();
  }

  #receive(error: Error | null, message: Msg): void {
    if (this.#ended) return;
    this.#silentBeats = 0;
    if (error !== null) this.#break(error);
    else if (message.headers?.code === 100) this.#control(message);
    else this.#take(message);
  }

  #take(message: Msg): void {
    this.#delivered += 1;
    const delivered = deliveryOf(message.reply ?? "");
    if (delivered?.deliverySequence !== this.#delivered) {
      this.#break(new Error("a message was lost on the way"));
      return;
    }
    const { subject, headers, data } = message;
    this.#listener.message(delivered.streamSequence, { subject, headers, payload: data }, delivered.pending);
  }

  /** Answers flow control, and compares what was sent with what has come. */
  #control(message: Msg): void {
    const stalled = message.headers?.get("Nats-Consumer-Stalled") ?? "";
    if (message.reply) message.respond();
    else if (stalled !== "") this.#session.nc.publish(stalled);
    const sent = Number(message.headers?.get("Nats-Last-Consumer") || this.#delivered);
    if (sent > this.#delivered) this.#break(new Error("a message was lost on the way"));
    else this.#tellIdle(sent, Number(message.headers?.get("Nats-Last-Stream")));
  }

  #tellIdle(sent: number, scannedThrough: number): void {
    if (!this.#ended && sent === this.#delivered && scannedThrough > 0) this.#listener.idle?.(scannedThrough);
  }

  #beat(): void {
    this.#silentBeats += 1;
    if (this.#silentBeats > missedHeartbeats) this.#break(new Error("nothing is heard of the server"));
  }

  #break(error: unknown): void {
    this.end();
    this.#listener.broken(error);
  }

  /** The server drops a consumer that nobody listens to, so this is only to be quicker. */
  #forgetConsumer(): void {
    if (this.#consumer === undefined || this.#session !== this.#link.session) return;
    this.#session.jsm.consumers.delete(this.#link.settings.stream, this.#consumer).catch(() => {});
  }
}

/** What the reply subject of a delivered message says: `$JS.ACK.<stream>.<consumer>.…`, from newer servers with the domain and account before. */
function deliveryOf(
  reply: string,
): Pick<DeliveryInfo, "streamSequence" | "deliverySequence" | "pending"> | undefined {
  const tokens = reply.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const at = tokens.length === 9 ? 5 : 7;
  const [streamSequence, deliverySequence, , pending] = tokens.slice(at, at + 4).map(Number);
  if (![streamSequence, deliverySequence, pending].every(Number.isSafeInteger)) return undefined;
  return { streamSequence: streamSequence!, deliverySequence: deliverySequence!, pending: pending! };
}
