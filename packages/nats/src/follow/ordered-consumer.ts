import { AckPolicy, type ConsumerInfo, DeliverPolicy, type DeliveryInfo } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/nats-core";
import type { Link } from "../connection/link.js";
import type { Session } from "../connection/session.js";
import type { StoredMessage } from "../entry-codec.js";

/** The start of a delivery. */
export interface ConsumerOptions {
  /** The first sequence. */
  readonly from: number;
  /** Whether the payloads are omitted. */
  readonly headersOnly: boolean;
}

/** The consumer as the server created it. */
export interface ConsumerStart {
  /** The number of messages that wait to be delivered. */
  readonly pending: number;
  /** The server's time, in milliseconds since 1970. */
  readonly createdAt: number;
}

/** Receives the messages of an {@link OrderedConsumer}. */
export interface ConsumerListener {
  /** The next message held. Sequences between it and the one before are no longer held. */
  message(sequence: number, message: StoredMessage): void;
  /**
   * The server has delivered everything that it has at the moment; it may be a replica that lags.
   */
  caughtUp?(): void;
  /**
   * Nothing is received any more: a message was lost on the way, or the server is silent. Start
   * another consumer.
   */
  broken(error: unknown): void;
}

/** The number of missing heartbeats after which the server counts as lost. */
const missedHeartbeats = 3;

/**
 * Receives the messages of the stream from a sequence on, in order and without loss: one push
 * consumer without acknowledgements. The server counts what it delivers, so a loss on the way
 * shows, and breaks the consumer.
 */
export class OrderedConsumer {
  readonly #session: Session;
  readonly #link: Link;
  readonly #listener: ConsumerListener;
  #subscription: Subscription | undefined;
  #name: string | undefined;
  #timer: unknown;
  #delivered = 0;
  #silentBeats = 0;
  #ended = false;

  constructor(link: Link, session: Session, listener: ConsumerListener) {
    this.#link = link;
    this.#session = session;
    this.#listener = listener;
  }

  /** Starts it. If it rejects, it has ended. */
  async start(options: ConsumerOptions): Promise<ConsumerStart> {
    try {
      const { name, num_pending, created } = await this.#create(options);
      this.#name = name;
      if (this.#ended) this.#deleteConsumer();
      else this.#scheduleBeat();
      // What was delivered while the response was under way is not counted.
      return { pending: num_pending, createdAt: Date.parse(created) };
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** The listener is not called after this. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.settings.clock.clearTimeout(this.#timer);
    this.#subscription?.unsubscribe();
    this.#deleteConsumer();
  }

  #create({ from, headersOnly }: ConsumerOptions): Promise<ConsumerInfo> {
    const { heartbeat, inboxPrefix, stream } = this.#link.settings;
    const inbox = createInbox(inboxPrefix);
    this.#subscription = this.#session.nc.subscribe(inbox, {
      callback: (error, message) => this.#receive(error, message),
    });
    return this.#session.jsm.consumers.add(stream, {
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
  }

  #receive(error: Error | null, message: Msg): void {
    if (this.#ended) return;
    this.#silentBeats = 0;
    if (error !== null) this.#break(error);
    else if (message.headers?.code === 100) this.#receiveControl(message);
    else this.#receiveMessage(message);
  }

  #receiveMessage({ subject, headers, data, reply = "" }: Msg): void {
    this.#delivered += 1;
    const delivery = parseDelivery(reply);
    if (delivery?.deliverySequence !== this.#delivered) {
      this.#break(new Error("a message was lost on the way"));
      return;
    }
    const { streamSequence, storedAt, pending } = delivery;
    this.#listener.message(streamSequence, { subject, headers, payload: data, storedAt });
    if (pending === 0 && !this.#ended) this.#listener.caughtUp?.();
  }

  /** Responds to flow control, and compares what was sent with what was received. */
  #receiveControl(message: Msg): void {
    const stalled = message.headers?.get("Nats-Consumer-Stalled") ?? "";
    if (message.reply) message.respond();
    else if (stalled !== "") this.#session.nc.publish(stalled);
    const sent = Number(message.headers?.get("Nats-Last-Consumer") || this.#delivered);
    if (sent > this.#delivered) this.#break(new Error("a message was lost on the way"));
    else if (!message.reply) this.#listener.caughtUp?.();
  }

  #scheduleBeat(): void {
    const { clock, heartbeat } = this.#link.settings;
    this.#timer = clock.setTimeout(() => {
      this.#silentBeats += 1;
      if (this.#silentBeats > missedHeartbeats) this.#break(new Error("the server sends no heartbeats"));
      else this.#scheduleBeat();
    }, heartbeat);
  }

  #break(error: unknown): void {
    this.end();
    this.#listener.broken(error);
  }

  /** The server deletes an unused consumer by itself, later. */
  #deleteConsumer(): void {
    if (this.#name === undefined || this.#session.nc.isClosed()) return;
    this.#session.jsm.consumers.delete(this.#link.settings.stream, this.#name).catch(() => {});
  }
}

interface Delivery extends Pick<DeliveryInfo, "streamSequence" | "deliverySequence" | "pending"> {
  readonly storedAt: number;
}

/**
 * Parses a reply subject: `$JS.ACK.<stream>.<consumer>.…`, on newer servers with domain and account
 * before the stream.
 */
function parseDelivery(reply: string): Delivery | undefined {
  const tokens = reply.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const at = tokens.length === 9 ? 5 : 7;
  const [streamSequence, deliverySequence, nanoseconds, pending] = tokens.slice(at, at + 4).map(Number);
  if (![streamSequence, deliverySequence, pending].every(Number.isSafeInteger)) return undefined;
  return {
    streamSequence: streamSequence!,
    deliverySequence: deliverySequence!,
    pending: pending!,
    storedAt: Math.floor(nanoseconds! / 1e6),
  };
}
