import type { EventSink, EventStream } from "@sse/core";
import type { Emitter } from "./emitter.js";
import { refusedFrame, retryFrame } from "./frames.js";
import type { Heartbeat } from "./heartbeat.js";
import {
  type Channel,
  everyone,
  type GapReason,
  type Position,
  type ReadStart,
  topicChannel,
  userChannel,
} from "./log.js";
import { requireName } from "./names.js";
import type { Presence } from "./presence.js";
import { Reader, type ReaderContext, type ReaderListener } from "./reader.js";
import type { Counters } from "./stats.js";
import type { Subscribers } from "./subscribers.js";
import type { ConnectionState, DisconnectReason, HubConnection } from "./subscription.js";

/** What the connections of a hub share. */
export interface ConnectionContext {
  readonly readers: ReaderContext;
  readonly subscribers: Subscribers<Reader>;
  /** Those that are registered, by id. */
  readonly connections: Map<string, Connection>;
  readonly presence: Presence;
  readonly heartbeat: Heartbeat;
  readonly hooks: Emitter;
  readonly counters: Counters;
}

/** Who connects. */
export interface Identity {
  readonly topics: Set<string>;
  readonly user: string | undefined;
  readonly metadata: unknown;
  readonly connectedAt: Date;
}

/** A client's place in the hub: who it is, what it follows, when it ends. How it is served is its reader's concern. */
export class Connection implements HubConnection, ReaderListener {
  readonly #identity: Identity;
  readonly #stream: EventStream;
  readonly #sink: EventSink;
  readonly #context: ConnectionContext;
  readonly reader: Reader;
  /** Where its user's presence counts this connection: topics, and `undefined` for the hub as a whole. */
  readonly #attends = new Set<string | undefined>();
  #reason: DisconnectReason = "client";

  /** Takes the stream over. It is not registered before {@link open}. */
  constructor(stream: EventStream, identity: Identity, context: ConnectionContext) {
    this.#stream = stream;
    this.#identity = identity;
    this.#context = context;
    this.#sink = stream.attach();
    this.reader = new Reader(stream.id, this.#sink, new Set(this.#channels()), context.readers, this);
  }

  get id(): string {
    return this.#stream.id;
  }

  get user(): string | undefined {
    return this.#identity.user;
  }

  get topics(): ReadonlySet<string> {
    return this.#identity.topics;
  }

  get metadata(): unknown {
    return this.#identity.metadata;
  }

  get connectedAt(): Date {
    return this.#identity.connectedAt;
  }

  get state(): ConnectionState {
    return this.reader.state;
  }

  /** Resolves once the transport has closed. */
  get done(): Promise<void> {
    return this.#stream.done;
  }

  /**
   * Registers the connection, begins to serve it, and then announces it. A client that has left already is not registered.
   *
   * @param retry reconnection time to tell the client, in milliseconds.
   */
  open(start: ReadStart | undefined, retry: number): void {
    if (this.#stream.closed) {
      this.reader.end();
      return;
    }
    const { connections, subscribers, hooks, readers, heartbeat } = this.#context;
    // What waits was published before this client came.
    readers.feed.flush();
    connections.set(this.id, this);
    for (const channel of this.#channels()) subscribers.add(channel, this.reader);
    void this.done.then(() => this.#unregister());
    heartbeat.start();
    this.#sink.write(retryFrame(retry));
    this.reader.begin(start);
    hooks.emit("connect", { connection: this });
    for (const topic of [undefined, ...this.topics]) this.#attend(topic);
  }

  /** Turns the client away: it learns why, and when to come again. */
  refuse(reason: string, retry: number): void {
    this.reader.end();
    this.#sink.write(refusedFrame(reason, retry));
    this.#stream.close();
  }

  /** Whether it is this stream's connection. */
  serves(stream: EventStream): boolean {
    return this.#stream === stream;
  }

  subscribe(topic: string): void {
    const channel = topicChannel(requireName("topic", topic));
    if (this.state === "closed" || this.topics.has(topic)) return;
    this.#identity.topics.add(topic);
    this.reader.follow(channel);
    this.#context.subscribers.add(channel, this.reader);
    if (this.#attends.size > 0) this.#attend(topic);
  }

  unsubscribe(topic: string): void {
    if (this.state === "closed" || !this.#identity.topics.delete(topic)) return;
    const channel = topicChannel(topic);
    this.reader.unfollow(channel);
    this.#context.subscribers.remove(channel, this.reader);
    this.#leave(topic);
  }

  close(): void {
    if (this.state === "closed") return;
    this.#context.readers.feed.flush();
    this.#reason = "server";
    this.#unregister();
    this.#stream.close();
  }

  /** Ends the connection and tells the client when to come again; one that takes nothing is cut off. */
  retire(retry: number): void {
    if (this.state === "closed") return;
    if (this.#sink.room > 0) this.#sink.write(retryFrame(retry));
    else this.#stream.destroy();
    this.close();
  }

  lagging(): void {
    this.#context.hooks.emit("lagging", { connection: this });
  }

  dropped(event: string): void {
    this.#context.counters.dropped += 1;
    this.#context.hooks.emit("dropped", { connection: this, event });
  }

  gap(gap: { reason: GapReason; requested: string; oldest: Position | undefined }): void {
    this.#context.counters.gaps[gap.reason] += 1;
    this.#context.hooks.emit("gap", { connection: this, ...gap });
  }

  stalled(): void {
    this.#reason = "stalled";
  }

  error(error: unknown): void {
    this.#context.hooks.report(error);
  }

  *#channels(): Iterable<Channel> {
    yield everyone;
    if (this.user !== undefined) yield userChannel(this.user);
    for (const topic of this.topics) yield topicChannel(topic);
  }

  #unregister(): void {
    if (!this.#context.connections.delete(this.id)) return;
    this.reader.end();
    const { connections, subscribers, hooks, heartbeat } = this.#context;
    if (connections.size === 0) heartbeat.stop();
    for (const channel of this.#channels()) subscribers.remove(channel, this.reader);
    hooks.emit("disconnect", { connection: this, reason: this.#reason });
    for (const topic of [...this.#attends].reverse()) this.#leave(topic);
  }

  /** Counts it as present, once: a listener that is told of the connection may have changed or ended it already. */
  #attend(topic: string | undefined): void {
    const follows = topic === undefined || this.topics.has(topic);
    if (this.user === undefined || this.state === "closed" || !follows || this.#attends.has(topic)) return;
    this.#attends.add(topic);
    this.#context.presence.enter(this.user, topic);
  }

  #leave(topic: string | undefined): void {
    if (this.user !== undefined && this.#attends.delete(topic)) this.#context.presence.exit(this.user, topic);
  }
}
