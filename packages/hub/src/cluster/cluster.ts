import type { HubClock, TimerHandle } from "../clock.js";
import type { LocalPresence } from "../connection/local-presence.js";
import type { TopicChange, TopicChangeResult } from "../connection/topic-change.js";
import type { BusListener, HubBus } from "../log/bus.js";
import { type Channel, everyone, topicOf } from "../log/channel.js";
import type { ClusterOptions, Resolved } from "../options.js";
import type { Publication } from "../publish/publication.js";
import { Sleep } from "../sleep.js";
import type { HubConnection } from "../subscription.js";
import { Seldom } from "./error-throttle.js";
import { type BusMessage, type DisconnectTarget, decodeMessage, type Received } from "./messages.js";
import type { PeerListener } from "./peer.js";
import { Peers } from "./peers.js";
import { Announcer } from "./presence-publisher.js";
import type { RemoteConnection } from "./remote-connection.js";
import { Inquiries } from "./remote-requests.js";
import { BusSender } from "./sender.js";

/** How many beats of an instance may be lost before it is forgotten. */
const beatsInTimeout = 3;

/** Milliseconds that a hub waits, when it closes, for the bus to take its farewell. */
const farewellTime = 1_000;

/** What other instances cause here. */
export interface ClusterListener {
  event(publication: Publication): void;
  disconnect(target: DisconnectTarget, retry: number | undefined): void;
  error(error: unknown): void;
}

/** What a cluster works with. */
export interface ClusterContext {
  readonly bus: HubBus;
  readonly clock: HubClock;
  readonly options: Resolved<ClusterOptions>;
  /** What is told to the others. */
  readonly own: LocalPresence;
  /** The connections to this instance, by id. */
  readonly connections: ReadonlyMap<string, HubConnection>;
  /** Who is told of the users of the others. */
  readonly presence: PeerListener;
  readonly listener: ClusterListener;
}

/**
 * One instance among the instances of a hub: tells the others over the bus who is here, and knows who is there. All that it says by itself it says in
 * rounds, so that a thousand changes in one round are one message; and time is counted in rounds, so that neither a process that stood still nor a clock that was
 * set takes the others for dead.
 */
export class Cluster implements BusListener {
  readonly #id = crypto.randomUUID();
  readonly #context: ClusterContext;
  readonly #announcer: Announcer;
  readonly #peers: Peers;
  readonly #trouble: Seldom;
  readonly #sender: BusSender;
  readonly #inquiries: Inquiries;
  /** After how many rounds this instance says that it is alive, and another is forgotten. */
  readonly #rounds: { readonly beat: number; readonly timeout: number };
  #stopListening: () => void = () => {};
  #timer: TimerHandle | undefined;
  #closed = false;
  /** Rounds since anything was said. */
  #silence = 0;
  /** What others have asked for. */
  #beatWanted = false;
  #stateWanted = false;
  /** Whether what was said in an earlier round is not on the bus yet. */
  #speaking = false;

  constructor(context: ClusterContext) {
    const { bus, clock, options, own, connections, presence, listener } = context;
    this.#context = context;
    this.#announcer = new Announcer(own);
    this.#peers = new Peers(presence);
    this.#trouble = new Seldom(clock, (error) => listener.error(error));
    this.#sender = new BusSender(bus, this.#id, this.#trouble);
    this.#inquiries = new Inquiries({
      instance: this.#id,
      clock,
      connections,
      send: (message) => this.#sender.send(message),
    });
    const timeout = Math.ceil(options.timeout / options.interval);
    this.#rounds = { timeout, beat: Math.floor(timeout / beatsInTimeout) };
  }

  /** @throws {SseError} `closed` if the bus has been closed. */
  start(): void {
    this.#stopListening = this.#context.bus.listen(this);
  }

  /** How many instances there are, this one included. */
  get instances(): number {
    return this.#peers.count + 1;
  }

  /** How many connections the others have, in all or at a topic. */
  connectionsElsewhere(topic: string | undefined): number {
    return this.#peers.connections(topic);
  }

  /** The topics that are followed elsewhere. */
  *topicsElsewhere(): Iterable<string> {
    for (const topic of this.#peers.topics()) if (topic !== undefined) yield topic;
  }

  /** The number of connections that follow a channel here changed. */
  channelChanged(channel: Channel): void {
    if (channel === everyone) this.#announcer.placeChanged(undefined);
    const topic = topicOf(channel);
    if (topic !== undefined) this.#announcer.placeChanged(topic);
  }

  /** A user's first connection here came, or the last one went. */
  userChanged(user: string, topic: string | undefined): void {
    this.#announcer.userChanged(user, topic);
  }

  /** Sends an ephemeral event to the other instances. */
  publish(publication: Publication): void {
    void this.#sender.send({ kind: "event", ...publication });
  }

  /** Ends connections on the other instances. */
  disconnect(target: DisconnectTarget, retry: number | undefined): void {
    void this.#sender.send({ kind: "disconnect", target, retry });
  }

  /** Asks the others for a connection. As {@link Inquiries.find}. */
  async find(connection: string): Promise<RemoteConnection | undefined> {
    return this.#closed ? undefined : this.#inquiries.find(connection);
  }

  /** Has another instance change the topics of a connection. As {@link Inquiries.changeTopics}. */
  async changeTopics(connection: RemoteConnection, change: TopicChange): Promise<TopicChangeResult> {
    return this.#closed ? { refusal: "ended" } : this.#inquiries.changeTopics(connection, change);
  }

  /** Says goodbye, so that the others need not wait for the timeout. Nothing is heard and nobody is known afterwards. */
  async close(): Promise<void> {
    const { clock } = this.#context;
    this.#closed = true;
    this.#stopListening();
    this.#inquiries.close();
    if (this.#timer === undefined) return;
    clock.clearTimeout(this.#timer);
    const farewell = this.#sender.send({ kind: "bye" }).then(() => {});
    await new Sleep(clock).orUntil(farewell, farewellTime);
  }

  /** Messages may have been missed: the beats of the others will tell. */
  reset(): void {
    if (this.#closed) return;
    this.#timer ??= this.#wait();
    void this.#sender.send(this.#announcer.beat(true));
  }

  message(text: string): void {
    if (this.#closed) return;
    try {
      this.#take(decodeMessage(text));
    } catch (error) {
      this.#trouble.report("message", error);
    }
  }

  error(error: unknown): void {
    this.#context.listener.error(error);
  }

  #take({ from, message }: Received): void {
    if (from === this.#id) return;
    if (message.kind === "bye") {
      this.#peers.forget(from);
      return;
    }
    const peer = this.#peers.heard(from);
    const { listener } = this.#context;
    if (message.kind === "event") listener.event(message);
    else if (message.kind === "disconnect") listener.disconnect(message.target, message.retry);
    else if (message.kind === "find" || message.kind === "change") this.#inquiries.asked(message);
    else if (message.kind === "found" || message.kind === "changed") this.#inquiries.answered(from, message);
    else if (message.kind === "changes") peer.changes(message.seq, message.places);
    else if (message.kind === "state") peer.state(message);
    else if (message.kind === "ask") this.#stateWanted ||= message.instances.includes(this.#id);
    else {
      peer.beat(message.seq);
      this.#beatWanted ||= message.hello;
    }
  }

  #wait(): TimerHandle {
    const { clock, options } = this.#context;
    return clock.setTimeout(() => this.#round(), options.interval);
  }

  #round(): void {
    this.#timer = this.#wait();
    this.#peers.age(this.#rounds.timeout);
    this.#silence += 1;
    // A bus that is slower than the rounds is given the next one when it has taken this.
    if (!this.#speaking) void this.#speak(this.#due());
  }

  /** What is to be said in this round. */
  #due(): BusMessage[] {
    const messages = this.#announcer.changes();
    if (this.#stateWanted) messages.push(...this.#announcer.state());
    const instances = this.#peers.toAsk();
    if (instances.length > 0) messages.push({ kind: "ask", instances });
    const silent = messages.length === 0 && this.#silence >= this.#rounds.beat;
    if (silent || this.#beatWanted) messages.push(this.#announcer.beat());
    this.#stateWanted = false;
    this.#beatWanted = false;
    return messages;
  }

  async #speak(messages: readonly BusMessage[]): Promise<void> {
    if (messages.length === 0) return;
    this.#silence = 0;
    this.#speaking = true;
    for (const message of messages) if (!this.#closed) await this.#sender.send(message);
    this.#speaking = false;
  }
}
