import type { EndState } from "@sse/core";
import type { HubClock, TimerHandle } from "../clock.js";
import type { LocalPresence } from "../connection/local-presence.js";
import type { LeavingUser } from "../connection/presence.js";
import { keyOfChannel, runKey, runOfKey } from "../connection/presence-key.js";
import type { TopicChange, TopicChangeResult } from "../connection/topic-change.js";
import type { EphemeralEvent } from "../delivery/frame.js";
import { ErrorThrottle } from "../error-throttle.js";
import type { BusListener, HubBus } from "../log/bus.js";
import type { Channel } from "../log/channel.js";
import type { ClusterOptions, Resolved } from "../options.js";
import type { Publication } from "../publish/publication.js";
import { Sleep } from "../sleep.js";
import type { DisconnectTarget, HubConnection } from "../subscription.js";
import { type ConnectionIds, instanceOf } from "./connection-id.js";
import { decodeMessage } from "./decode-message.js";
import type { BusMessage, PresenceChange, ReceivedMessage } from "./messages.js";
import type { Peer, PeerListener } from "./peer.js";
import { Peers } from "./peers.js";
import { PresencePublisher } from "./presence-publisher.js";
import type { RemoteConnection } from "./remote-connection.js";
import { RemoteRequests } from "./remote-requests.js";
import { BusSender } from "./sender.js";

/** Heartbeats of an instance that may be lost before it is forgotten. */
const heartbeatsInTimeout = 3;

/**
 * Rounds after which an instance that has not been heard of is taken for one that does not exist.
 */
const discoveryRounds = 3;

/** Milliseconds that a hub that closes waits for the bus to accept its last messages. */
const leaveTimeout = 1_000;

type PresenceMessage = Extract<BusMessage, { kind: "heartbeat" | "delta" | "snapshot" | "snapshot-request" }>;

/** Receives the effects of other instances. */
export interface ClusterListener {
  event(event: EphemeralEvent): void;
  /** Cancels a run whose producer is this instance; `undefined` if there is none. */
  cancelRun(run: string, reason: string | undefined): Promise<EndState> | undefined;
  disconnect(target: DisconnectTarget, retry: number | undefined): void;
  error(error: unknown): void;
}

/** The parts of a hub that a cluster needs. */
export interface ClusterContext {
  /** The id of this instance, and those of its connections. */
  readonly ids: ConnectionIds;
  readonly bus: HubBus;
  readonly clock: HubClock;
  readonly options: Resolved<ClusterOptions>;
  /** The presence that is sent to the others. */
  readonly local: LocalPresence;
  /** The connections to this instance, by id. */
  readonly connections: ReadonlyMap<string, HubConnection>;
  /** Receives the users of the others. */
  readonly presence: PeerListener;
  readonly listener: ClusterListener;
}

/**
 * Connects one instance of a hub to the others over the bus: publishes the presence of this
 * instance and tracks theirs. Messages are sent in rounds, so that a thousand changes in one round
 * are one message. Time is counted in rounds as well, so that neither a process that was suspended
 * nor a clock that was set makes the others look dead.
 */
// Over 25 members: one round reads and writes all of its state, in one turn.
export class Cluster implements BusListener {
  readonly #context: ClusterContext;
  readonly #presence: PresencePublisher;
  readonly #peers: Peers;
  readonly #errors: ErrorThrottle;
  readonly #sender: BusSender;
  readonly #requests: RemoteRequests;
  /**
   * Rounds after which this instance sends a heartbeat, and after which a silent one is forgotten.
   */
  readonly #rounds: { readonly heartbeat: number; readonly timeout: number };
  #stopListening: () => void = () => {};
  #timer: TimerHandle | undefined;
  #closed = false;
  #roundsSinceReset = 0;
  #roundsSinceError = Number.POSITIVE_INFINITY;
  #roundsSinceSend = 0;
  #heartbeatRequested = false;
  #snapshotRequested = false;
  /** Whether messages of an earlier round have not been accepted by the bus yet. */
  #sending = false;

  constructor(context: ClusterContext) {
    const { ids, bus, clock, options, local, connections, presence, listener } = context;
    const id = ids.instance;
    this.#context = context;
    this.#presence = new PresencePublisher(local);
    this.#peers = new Peers(presence);
    this.#errors = new ErrorThrottle(clock, (error) => listener.error(error));
    this.#sender = new BusSender(bus, id, this.#errors);
    const send = (message: BusMessage) => this.#sender.send(message);
    this.#requests = new RemoteRequests({
      instance: id,
      clock,
      connections,
      send,
      cancelRun: (run, reason) => listener.cancelRun(run, reason),
    });
    const timeout = Math.ceil(options.timeout / options.interval);
    this.#rounds = { timeout, heartbeat: Math.floor(timeout / heartbeatsInTimeout) };
  }

  /** @throws {SseError} `closed` if the bus has been closed. */
  start(): void {
    this.#stopListening = this.#context.bus.listen(this);
  }

  /** The number of instances, including this one. */
  get instances(): number {
    return this.#peers.count + 1;
  }

  /** Whether there are other instances. */
  get hasPeers(): boolean {
    return this.#peers.count > 0;
  }

  /** Counts the connections of the others, all of them or at a topic. */
  connectionsElsewhere(topic: string | undefined): number {
    return this.#peers.connections(topic);
  }

  /** Yields the topics that have followers on other instances. */
  *topicsElsewhere(): Iterable<string> {
    for (const key of this.#peers.topics()) if (key !== undefined && runOfKey(key) === undefined) yield key;
  }

  /** Counts the readers of a run on the other instances. */
  readers(run: string): number {
    return this.#peers.connections(runKey(run));
  }

  /**
   * Whether an instance is alive, or may be: one that has not been heard of yet is given a few
   * rounds, and after an error of the bus no instance is taken for dead for a timeout.
   */
  mayBeAlive(instance: string): boolean {
    const isUncertain =
      this.#roundsSinceReset < discoveryRounds || this.#roundsSinceError < this.#rounds.timeout;
    return isUncertain || this.#peers.get(instance) !== undefined;
  }

  /** Asks the instance that produces a run to cancel it. As {@link RemoteRequests.cancelRun}. */
  async cancel(instance: string, run: string, reason: string | undefined): Promise<EndState | undefined> {
    return this.#closed ? undefined : this.#requests.cancelRun(instance, run, reason);
  }

  /** Records that the number of connections that follow a channel here changed. */
  channelChanged(channel: Channel): void {
    const found = keyOfChannel(channel);
    if (found !== undefined) this.#presence.connectionsChanged(found.key);
  }

  /** Records that a user's first connection here was opened, or the last one ended. */
  userChanged(user: string, topic: string | undefined): void {
    this.#presence.userChanged(user, topic);
  }

  /** Sends an ephemeral event to the other instances. */
  publish(publication: Publication): void {
    void this.#sender.send({ kind: "event", ...publication });
  }

  /** Ends connections on the other instances. */
  disconnect(target: DisconnectTarget, retry: number | undefined): void {
    void this.#sender.send({ kind: "disconnect", target, retry });
  }

  /**
   * Asks the instance that a connection's id names for the connection. As {@link
   * RemoteRequests.find}.
   */
  async find(connection: string): Promise<RemoteConnection | undefined> {
    const instance = instanceOf(connection);
    if (this.#closed || instance === undefined || !this.#mayBeIssued(connection, instance)) return undefined;
    return this.#requests.find(connection, instance);
  }

  /**
   * Changes the topics of a connection on another instance. As {@link RemoteRequests.changeTopics}.
   */
  async changeTopics(connection: RemoteConnection, change: TopicChange): Promise<TopicChangeResult> {
    return this.#closed ? { refusal: "ended" } : this.#requests.changeTopics(connection, change);
  }

  /**
   * Stops listening, and tells the others, so that they need not wait for the timeout.
   *
   * @param leaving users in their grace period, which another instance takes over.
   */
  async close(leaving: readonly LeavingUser[] = []): Promise<void> {
    const { clock } = this.#context;
    this.#closed = true;
    this.#stopListening();
    this.#requests.close();
    if (this.#timer === undefined) return;
    clock.clearTimeout(this.#timer);
    const messages: BusMessage[] = [{ kind: "leave" }];
    const heir = this.#peers.latestId();
    // After `leave`, with which the others start grace periods of their own.
    if (heir !== undefined) messages.push(...this.#presence.handover(heir, leaving));
    const sent = Promise.all(messages.map((message) => this.#sender.send(message)));
    await new Sleep(clock).orUntil(sent, leaveTimeout);
  }

  /** Asks all instances for a heartbeat, because messages may have been missed. */
  reset(): void {
    if (this.#closed) return;
    this.#roundsSinceReset = 0;
    this.#timer ??= this.#startRound();
    void this.#sender.send(this.#presence.heartbeat(this.#context.ids.key, true));
  }

  message(text: string): void {
    if (this.#closed) return;
    try {
      this.#handle(decodeMessage(text));
    } catch (error) {
      this.#errors.report("message", error);
    }
  }

  error(error: unknown): void {
    this.#roundsSinceError = 0;
    this.#context.listener.error(error);
  }

  #handle({ from, message }: ReceivedMessage): void {
    const { ids, listener } = this.#context;
    if (from === ids.instance) return;
    if (message.kind === "leave") {
      this.#peers.forget(from);
      return;
    }
    if (message.kind === "handover") {
      if (message.heir === ids.instance) this.#adopt(message.changes);
      return;
    }
    const peer = this.#peers.receive(from);
    if (message.kind === "event") listener.event(message);
    else if (message.kind === "disconnect") listener.disconnect(message.target, message.retry);
    else if (message.kind === "find" || message.kind === "change" || message.kind === "cancel-run")
      this.#requests.handleRequest(message);
    else if (message.kind === "found" || message.kind === "changed" || message.kind === "run-canceled")
      this.#requests.handleResponse(from, message);
    else this.#handlePresence(peer, message);
  }

  #handlePresence(peer: Peer, message: PresenceMessage): void {
    if (message.kind === "delta") peer.receiveDelta(message.seq, message.changes);
    else if (message.kind === "snapshot") peer.receiveSnapshot(message);
    else if (message.kind === "snapshot-request")
      this.#snapshotRequested ||= message.instances.includes(this.#context.ids.instance);
    else {
      peer.receiveHeartbeat(message.seq, message.key);
      this.#heartbeatRequested ||= message.hello;
    }
  }

  #adopt(changes: readonly PresenceChange[]): void {
    const { presence } = this.#context;
    for (const { topic, left } of changes) for (const user of left) presence.adoptLeaving(user, topic);
  }

  /**
   * Whether an instance may have issued the id of a connection. One that has not been heard of yet
   * is given a few rounds.
   */
  #mayBeIssued(connection: string, instance: string): boolean {
    const peer = this.#peers.get(instance);
    return peer?.mayHaveIssued(connection) ?? this.#roundsSinceReset < discoveryRounds;
  }

  #startRound(): TimerHandle {
    const { clock, options } = this.#context;
    return clock.setTimeout(() => this.#round(), options.interval);
  }

  #round(): void {
    this.#timer = this.#startRound();
    this.#peers.tick(this.#rounds.timeout);
    this.#roundsSinceReset += 1;
    this.#roundsSinceError += 1;
    this.#roundsSinceSend += 1;
    // A bus that is slower than the rounds skips some of them.
    if (!this.#sending) void this.#send(this.#nextMessages());
  }

  #nextMessages(): BusMessage[] {
    const messages = this.#presence.takeDelta();
    if (this.#snapshotRequested) messages.push(...this.#presence.snapshot());
    const instances = this.#peers.takeStaleIds();
    if (instances.length > 0) messages.push({ kind: "snapshot-request", instances });
    const isDue = messages.length === 0 && this.#roundsSinceSend >= this.#rounds.heartbeat;
    if (isDue || this.#heartbeatRequested) messages.push(this.#presence.heartbeat(this.#context.ids.key));
    this.#snapshotRequested = false;
    this.#heartbeatRequested = false;
    return messages;
  }

  async #send(messages: readonly BusMessage[]): Promise<void> {
    if (messages.length === 0) return;
    this.#roundsSinceSend = 0;
    this.#sending = true;
    for (const message of messages) if (!this.#closed) await this.#sender.send(message);
    this.#sending = false;
  }
}
