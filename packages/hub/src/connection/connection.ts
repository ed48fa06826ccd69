import type { EventSink, EventStream, RefusalReason } from "@sse/core";
import { writeText } from "@sse/core/internal";
import type { Deadlines } from "../deadlines.js";
import type { ReaderStart } from "../delivery/catch-up.js";
import type { Gap } from "../delivery/catch-up-listener.js";
import {
  applicationEvent,
  applicationFrame,
  lostFrame,
  refusedFrame,
  retryFrame,
} from "../delivery/frames.js";
import type { Heartbeat } from "../delivery/heartbeat.js";
import { Reader, type ReaderContext, type ReaderListener } from "../delivery/reader.js";
import type { Subscribers } from "../delivery/subscribers.js";
import type { Emitter } from "../emitter.js";
import { positionGone, readsRun, topicLimitReached } from "../errors.js";
import type { EventCheck } from "../event-schemas.js";
import type { GapReport } from "../hooks.js";
import { type Channel, everyone, runChannel, topicChannel, userChannel } from "../log/channel.js";
import type { Counters } from "../stats.js";
import type { ConnectionEvent, ConnectionState, DisconnectReason, HubConnection } from "../subscription.js";
import { requireName } from "../validate.js";
import { type Deferred, deferred } from "./deferred.js";
import type { Presence } from "./presence.js";

/** The parts of a hub that its connections share. */
export interface ConnectionContext {
  readonly readers: ReaderContext;
  readonly subscribers: Subscribers<Reader>;
  /** The registered connections, by id. */
  readonly connections: Map<string, Connection>;
  /** Returns the id of a stream's connection. The id of a connection is returned as it is. */
  readonly connectionIdOf: (id: string) => string;
  readonly presence: Presence;
  readonly heartbeat: Heartbeat;
  readonly hooks: Emitter;
  readonly counters: Counters;
  readonly check: EventCheck;
  readonly deadlines: Readonly<Record<DeadlineReason, Deadlines<ConnectionDeadline>>>;
}

/** The reasons for which a connection ends by itself: at a date, or after a time. */
export type DeadlineReason = "expired" | "aged";

/** A connection that ends by itself, and the reason. */
export interface ConnectionDeadline {
  readonly connection: Connection;
  readonly reason: DeadlineReason;
}

/** The decisions of the hub about a connection that opens. */
export interface ConnectionStart {
  readonly start: ReaderStart | undefined;
  /** Frames that precede everything else. */
  readonly initial: readonly string[];
  /** Reconnection time that the client is sent, in milliseconds. */
  readonly retry: number;
  /**
   * The times at which the connection ends by itself: a date for `expired`, a monotonic time for
   * `aged`.
   */
  readonly deadlines: readonly { readonly at: number; readonly reason: DeadlineReason }[];
}

/** Reconnection time in milliseconds for a client that should resume at once. */
const shortRetry = 500;

/** The `opened` of all connections with control events. */
const openAtOnce = Promise.resolve();

/** The user, the topics and the application's data of a connection. */
export interface ConnectionInfo {
  readonly topics: Set<string>;
  readonly user: string | undefined;
  /** The run that it reads; `undefined` for one that follows topics. */
  readonly run: string | undefined;
  readonly metadata: unknown;
  readonly controlEvents: boolean;
  /** By the hub's clock, in milliseconds. */
  readonly connectedAt: number;
}

/** The names by which a connection is found. */
type Addressee = Pick<ConnectionInfo, "user" | "topics" | "run">;

/** Returns the channels under which a connection is registered. */
function channelsOf({ user, topics, run }: Addressee): Channel[] {
  const channels: Channel[] = [everyone];
  if (user !== undefined) channels.push(userChannel(user));
  if (run !== undefined) channels.push(runChannel(run));
  for (const topic of topics) channels.push(topicChannel(topic));
  return channels;
}

/** Returns the channels of which a connection receives the entries. */
export function followedChannels(info: Addressee): Set<Channel> {
  return new Set(info.run === undefined ? channelsOf(info) : [runChannel(info.run)]);
}

/**
 * Registers one client with the hub, and ends it. Its {@link Reader} delivers the events.
 *
 * Over 25 members: a third of them are accessors of the public interface, another third the
 * reports of the reader, which share the state of the connection.
 */
export class Connection implements HubConnection, ReaderListener {
  readonly #info: ConnectionInfo;
  readonly #stream: EventStream;
  readonly #sink: EventSink;
  readonly #context: ConnectionContext;
  readonly id: string;
  readonly reader: Reader;
  /**
   * The topics, and `undefined` for the hub, at which presence counts it. Not created without a
   * user.
   */
  #presentIn: Set<string | undefined> | undefined;
  #reason: DisconnectReason = "client";
  /** Whether the application has sent something by itself. */
  #sent = false;
  #cancelDeadlines: (() => void)[] = [];
  /** Settles {@link opened}. Only without control events: all others are open at once. */
  readonly #opened: Deferred | undefined;

  /** Attaches the stream. The connection is registered by {@link open}. */
  constructor(stream: EventStream, info: ConnectionInfo, context: ConnectionContext) {
    this.#stream = stream;
    this.#info = info;
    this.#context = context;
    this.#sink = stream.attach();
    this.id = context.connectionIdOf(stream.id);
    const { controlEvents } = info;
    if (!controlEvents) this.#opened = deferred();
    const channels = followedChannels(info);
    this.reader = new Reader(this.#sink, { id: this.id, channels, controlEvents }, context.readers, this);
  }

  get user(): string | undefined {
    return this.#info.user;
  }

  get topics(): ReadonlySet<string> {
    return this.#info.topics;
  }

  get run(): string | undefined {
    return this.#info.run;
  }

  get metadata(): unknown {
    return this.#info.metadata;
  }

  get connectedAt(): Date {
    return new Date(this.#info.connectedAt);
  }

  get state(): ConnectionState {
    return this.reader.state;
  }

  get opened(): Promise<void> {
    return this.#opened?.promise ?? openAtOnce;
  }

  /** Resolves once the transport has closed. */
  get done(): Promise<void> {
    return this.#stream.done;
  }

  /**
   * Registers the connection, starts to serve it, and then reports it. Does nothing if the client
   * has left.
   */
  open({ start, initial, retry, deadlines }: ConnectionStart): void {
    if (this.#stream.closed) {
      this.reader.end();
      this.#opened?.resolve();
      return;
    }
    const { connections, subscribers, hooks, readers, heartbeat } = this.#context;
    // The batch that waits was published before this client connected.
    readers.feed.flush();
    connections.set(this.id, this);
    for (const channel of channelsOf(this.#info)) subscribers.add(channel, this.reader);
    this.#cancelDeadlines = deadlines.map(({ at, reason }) =>
      this.#context.deadlines[reason].add({ connection: this, reason }, at),
    );
    void this.done.then(() => this.#unregister());
    heartbeat.start();
    this.reader.start(start, retryFrame(retry) + initial.join(""));
    hooks.emit("connect", { connection: this });
    for (const topic of [undefined, ...this.topics]) this.#enter(topic);
  }

  /** Ends a connection that was never opened, with the reason and a reconnection time. */
  refuse(reason: RefusalReason, retry: number): void {
    this.reader.end();
    writeText(this.#sink, refusedFrame(reason, retry));
    this.#stream.close();
  }

  /** Cuts off a connection that was never opened. */
  destroy(): void {
    this.reader.end();
    this.#stream.destroy();
  }

  /** Whether this is the stream's connection. */
  serves(stream: EventStream): boolean {
    return this.#stream === stream;
  }

  subscribe(topic: string): void {
    const channel = topicChannel(requireName("topic", topic));
    if (this.run !== undefined) throw readsRun();
    if (this.state === "closed" || this.topics.has(topic)) return;
    const limit = this.#context.readers.settings.limits.topicsPerConnection;
    if (limit !== 0 && this.topics.size >= limit) throw topicLimitReached(limit);
    this.#info.topics.add(topic);
    this.reader.follow(channel);
    this.#context.subscribers.add(channel, this.reader);
    if (this.#presentIn !== undefined) this.#enter(topic);
  }

  unsubscribe(topic: string): void {
    if (this.state === "closed" || !this.#info.topics.delete(topic)) return;
    const channel = topicChannel(topic);
    this.reader.unfollow(channel);
    this.#context.subscribers.remove(channel, this.reader);
    this.#exit(topic);
  }

  send(event: ConnectionEvent): Promise<boolean> {
    const sent = this.#send(event);
    sent.catch((error: unknown) => this.#context.hooks.report(error));
    return sent;
  }

  close(): void {
    this.end("server");
  }

  /**
   * Ends the connection after everything published so far.
   *
   * @param retry reconnection time that the client is sent, in milliseconds.
   */
  end(reason: DisconnectReason, retry?: number): void {
    if (this.state === "closed") return;
    this.#context.readers.feed.flush();
    this.#reason = reason;
    if (retry !== undefined) writeText(this.#sink, retryFrame(retry));
    this.#unregister();
    this.#stream.close();
  }

  /**
   * Ends the connection as part of a drain. A client that does not read what was written is cut
   * off.
   */
  drain(retry: number): void {
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

  async gap(gap: Gap): Promise<string[]> {
    const { hooks, readers } = this.#context;
    const report = this.#reportGap(gap);
    if (this.run !== undefined && gap.reason !== "unknown") this.endAsLost();
    if (this.run !== undefined) return [];
    try {
      const added = (await readers.settings.onGap(report)) ?? [];
      return [...added].map((event) => applicationFrame(event, readers.settings.serialize));
    } catch (error) {
      hooks.report(error);
      return [];
    }
  }

  gapEnds(gap: Gap): void {
    this.#reportGap(gap);
    if (this.reader.started || this.#sent) {
      this.end("gap", shortRetry);
      return;
    }
    this.#reason = "gap";
    this.#opened?.reject(positionGone());
    this.#unregister();
    // An adapter has released the stream by then, and responded with the status instead.
    this.#context.readers.settings.clock.defer(() => this.#stream.close());
  }

  started(): void {
    this.#opened?.resolve();
  }

  ended(): void {
    this.#reason = "run-ended";
    this.#unregister();
    this.#stream.close();
  }

  /** Ends the reader of a run that is no longer held, and sends that it is not complete. */
  endAsLost(): void {
    if (this.#info.controlEvents) this.#sink.write(lostFrame);
    this.reader.end();
    this.ended();
  }

  stalled(): void {
    this.#reason = "stalled";
  }

  error(error: unknown): void {
    this.#context.hooks.report(error);
  }

  #reportGap(gap: Gap): GapReport {
    const { counters, hooks } = this.#context;
    const report = { connection: this, ...gap };
    counters.gaps[gap.reason] += 1;
    hooks.emit("gap", report);
    return report;
  }

  async #send(event: ConnectionEvent): Promise<boolean> {
    const { check, readers } = this.#context;
    const fields = applicationEvent(event, readers.settings.serialize);
    await check(event.event ?? "message", event.data);
    readers.feed.flush();
    this.#sent = true;
    return this.#stream.send(fields);
  }

  #unregister(): void {
    const { connections, subscribers, hooks, heartbeat } = this.#context;
    // Another stream may have this id by now.
    if (connections.get(this.id) !== this) return;
    connections.delete(this.id);
    this.reader.end();
    this.#opened?.resolve();
    for (const cancel of this.#cancelDeadlines) cancel();
    for (const channel of channelsOf(this.#info)) subscribers.remove(channel, this.reader);
    if (subscribers.of(everyone).size === 0) heartbeat.stop();
    hooks.emit("disconnect", { connection: this, reason: this.#reason });
    for (const topic of [...(this.#presentIn ?? [])].reverse()) this.#exit(topic);
  }

  /**
   * Counts it as present, once. A listener of `connect` may have changed or ended the connection
   * already.
   */
  #enter(topic: string | undefined): void {
    const follows = topic === undefined || this.topics.has(topic);
    if (this.user === undefined || this.state === "closed" || !follows || this.#presentIn?.has(topic)) return;
    this.#presentIn ??= new Set();
    this.#presentIn.add(topic);
    this.#context.presence.enter(this.user, topic);
  }

  #exit(topic: string | undefined): void {
    if (this.user !== undefined && this.#presentIn?.delete(topic))
      this.#context.presence.exit(this.user, topic);
  }
}
