import type { EventSink, EventStream, GapReason, RefusalReason } from "@sse/core";
import { applicationFrame, refusedFrame, retryFrame } from "../delivery/frames.js";
import type { Heartbeat } from "../delivery/heartbeat.js";
import { Reader, type ReaderContext, type ReaderListener } from "../delivery/reader.js";
import type { Subscribers } from "../delivery/subscribers.js";
import type { Emitter } from "../emitter.js";
import { type Channel, everyone, topicChannel, userChannel } from "../log/channel.js";
import type { ReadStart } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { Counters } from "../stats.js";
import type { ConnectionState, DisconnectReason, HubConnection } from "../subscription.js";
import { requireName } from "../validate.js";
import type { Deadlines } from "./deadlines.js";
import type { Presence } from "./presence.js";

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
  readonly deadlines: Deadlines<Ending>;
}

/** A connection whose time will come, and why it ends then. */
export interface Ending {
  readonly connection: Connection;
  readonly reason: DisconnectReason;
}

/** What the hub decides when a connection opens. */
export interface Opening {
  readonly start: ReadStart | undefined;
  /** Reconnection time to tell the client, in milliseconds. */
  readonly retry: number;
  /** When the connection ends by itself, by the hub's clock. */
  readonly endings: readonly { readonly at: number; readonly reason: DisconnectReason }[];
}

/** Retry in milliseconds for a client that is to come back at once and resume. */
const shortRetry = 500;

/** Who connects. */
export interface Identity {
  readonly topics: Set<string>;
  readonly user: string | undefined;
  readonly metadata: unknown;
  /** By the hub's clock, in milliseconds. */
  readonly connectedAt: number;
}

/** A client's place in the hub: who it is, what it follows, when it ends. How it is served is its reader's concern. */
export class Connection implements HubConnection, ReaderListener {
  readonly #identity: Identity;
  readonly #stream: EventStream;
  readonly #sink: EventSink;
  readonly #context: ConnectionContext;
  readonly reader: Reader;
  /** Where its user's presence counts this connection: topics, and `undefined` for the hub as a whole. Not made without a user. */
  #attends: Set<string | undefined> | undefined;
  #reason: DisconnectReason = "client";
  #cancelEndings: (() => void)[] = [];

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
    return new Date(this.#identity.connectedAt);
  }

  get state(): ConnectionState {
    return this.reader.state;
  }

  /** Resolves once the transport has closed. */
  get done(): Promise<void> {
    return this.#stream.done;
  }

  /** Registers the connection, begins to serve it, and then announces it. A client that has left already is not registered. */
  open({ start, retry, endings }: Opening): void {
    if (this.#stream.closed) {
      this.reader.end();
      return;
    }
    const { connections, subscribers, hooks, readers, heartbeat, deadlines } = this.#context;
    // What waits was published before this client came.
    readers.feed.flush();
    connections.set(this.id, this);
    for (const channel of this.#channels()) subscribers.add(channel, this.reader);
    this.#cancelEndings = endings.map(({ at, reason }) => deadlines.add({ connection: this, reason }, at));
    void this.done.then(() => this.#unregister());
    heartbeat.start();
    this.#sink.write(retryFrame(retry));
    this.reader.begin(start);
    hooks.emit("connect", { connection: this });
    for (const topic of [undefined, ...this.topics]) this.#attend(topic);
  }

  /** Turns the client away: it learns why, and when to come again. */
  refuse(reason: RefusalReason, retry: number): void {
    this.reader.end();
    this.#sink.write(refusedFrame(reason, retry));
    this.#stream.close();
  }

  /** Turns the client away without a word. */
  destroy(): void {
    this.reader.end();
    this.#stream.destroy();
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
    if (this.#attends !== undefined) this.#attend(topic);
  }

  unsubscribe(topic: string): void {
    if (this.state === "closed" || !this.#identity.topics.delete(topic)) return;
    const channel = topicChannel(topic);
    this.reader.unfollow(channel);
    this.#context.subscribers.remove(channel, this.reader);
    this.#leave(topic);
  }

  close(): void {
    this.end("server");
  }

  /** Ends the connection after what was published so far, and tells the client when to come again. */
  end(reason: DisconnectReason, retry?: number): void {
    if (this.state === "closed") return;
    this.#context.readers.feed.flush();
    this.#reason = reason;
    if (retry !== undefined) this.#sink.write(retryFrame(retry));
    this.#unregister();
    this.#stream.close();
  }

  /** Ends the connection as part of a drain: a client that does not take what was written is cut off. */
  retire(retry: number): void {
    if (this.#sink.room > 0) {
      this.end("server", retry);
      return;
    }
    this.#reason = "server";
    this.#unregister();
    this.#stream.destroy();
  }

  lagging(): void {
    const { hooks, readers } = this.#context;
    hooks.emit("lagging", { connection: this });
    if (readers.settings.slowReader.policy === "disconnect") this.end("lagging", shortRetry);
  }

  dropped(event: string): void {
    const { counters, hooks } = this.#context;
    counters.dropped += 1;
    hooks.emit("dropped", { connection: this, event });
  }

  caughtUp(events: number): void {
    this.#context.counters.replayed += events;
  }

  conflated(events: number): void {
    const { counters, hooks } = this.#context;
    counters.conflated += events;
    hooks.emit("conflated", { connection: this, events });
  }

  gap(gap: { reason: GapReason; requested: string; oldest: Position | undefined }): Iterable<Uint8Array> {
    const { counters, hooks, readers } = this.#context;
    const report = { connection: this, ...gap };
    counters.gaps[gap.reason] += 1;
    hooks.emit("gap", report);
    try {
      return [...(readers.settings.onGap(report) ?? [])].map(applicationFrame);
    } catch (error) {
      hooks.report(error);
      return [];
    }
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
    const { connections, subscribers, hooks, heartbeat } = this.#context;
    // Another stream may have been given this id since.
    if (connections.get(this.id) !== this) return;
    connections.delete(this.id);
    this.reader.end();
    for (const cancel of this.#cancelEndings) cancel();
    if (connections.size === 0) heartbeat.stop();
    for (const channel of this.#channels()) subscribers.remove(channel, this.reader);
    hooks.emit("disconnect", { connection: this, reason: this.#reason });
    for (const topic of [...(this.#attends ?? [])].reverse()) this.#leave(topic);
  }

  /** Counts it as present, once: a listener that is told of the connection may have changed or ended it already. */
  #attend(topic: string | undefined): void {
    const follows = topic === undefined || this.topics.has(topic);
    if (this.user === undefined || this.state === "closed" || !follows || this.#attends?.has(topic)) return;
    this.#attends ??= new Set();
    this.#attends.add(topic);
    this.#context.presence.enter(this.user, topic);
  }

  #leave(topic: string | undefined): void {
    if (this.user !== undefined && this.#attends?.delete(topic))
      this.#context.presence.exit(this.user, topic);
  }
}
