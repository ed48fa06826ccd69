import type { Feed } from "../delivery/feed.js";
import type { Emitter } from "../emitter.js";
import { hubClosed, tooManyAppends } from "../errors.js";
import type { EventCheck } from "../event-schemas.js";
import type { Audience } from "../hooks.js";
import { type Channel, everyone, nameOf, topicOf } from "../log/channel.js";
import type { AppendOptions, EventLog, NewLogEntry } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import type { Counters } from "../stats.js";
import { appendWithRetries } from "./append.js";
import {
  type Publication,
  type PublishedEvent,
  type PublishOptions,
  preparePublication,
  type Recipients,
  requirePublishOptions,
} from "./publication.js";

/** The parts of a hub that a publisher needs. */
export interface PublisherContext {
  readonly log: EventLog;
  /** Whether an entry is in the log when `append` returns, so that no publish waits for it. */
  readonly isImmediate: boolean;
  readonly feed: Feed;
  readonly settings: HubSettings;
  readonly check: EventCheck;
  readonly hooks: Emitter;
  readonly counters: Counters;
  /** Sends an ephemeral event to the other instances. */
  readonly elsewhere: (publication: Publication) => void;
  /** Milliseconds until an append without a timeout of its own rejects. `undefined`: no limit. */
  readonly timeout: number | undefined;
}

/** The maximum length of all data that waits for the log, in characters. */
const maxLengthInFlight = 64 * 1024 * 1024;

const toEveryone: Recipients = { kind: "everyone" };

/** The options of an append without an idempotency key. */
const unkeyed: AppendOptions = {};

/** Publishes events: checks them, appends them to the log, and reports them. */
export class Publisher {
  readonly #context: PublisherContext;
  #inFlight = { appends: 0, length: 0 };
  #closed = false;

  constructor(context: PublisherContext) {
    this.#context = context;
  }

  /**
   * Publishes and resolves to the event's id. A failure is reported as well, because the result
   * need not be awaited.
   */
  publish(recipients: Recipients, event: PublishedEvent, options: PublishOptions): Promise<string> {
    const id = this.#publish(recipients, event, options);
    id.catch(this.#onFailure);
    return id;
  }

  readonly #onFailure = (error: unknown): void => {
    this.#context.counters.failed += 1;
    this.#context.hooks.report(error);
  };

  /** Checks an event, its options and its recipients as {@link publish} does. */
  async validate(
    event: PublishedEvent,
    options: PublishOptions,
    recipients: Recipients = toEveryone,
  ): Promise<void> {
    requirePublishOptions(options);
    await this.#prepare(recipients, event, options);
  }

  /** Rejects every later publish. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Without asynchronous schemas and with a memory log the event is in the log when this returns.
   */
  #publish(recipients: Recipients, event: PublishedEvent, options: PublishOptions): Promise<string> {
    try {
      requirePublishOptions(options);
      const prepared = this.#prepare(recipients, event, options);
      return prepared instanceof Promise
        ? prepared.then((publication) => this.#send(publication, options))
        : this.#send(prepared, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #send(publication: Publication, options: PublishOptions): Promise<string> {
    options.signal?.throwIfAborted();
    if (this.#closed) throw hubClosed();
    if (options.ephemeral) return Promise.resolve(this.#sendEphemeral(publication, options));
    return options.idempotencyKey === undefined
      ? this.#append(publication, options, unkeyed).then((id) => this.#report(id, publication))
      : this.#appendOnce(publication, options);
  }

  #appendOnce(publication: Publication, options: PublishOptions): Promise<string> {
    const { idempotencyKey } = options;
    let isRepeated = false;
    const onRepeat = () => {
      isRepeated = true;
    };
    return this.#append(publication, options, { idempotencyKey, onRepeat }).then((id) =>
      isRepeated ? id : this.#report(id, publication),
    );
  }

  /**
   * A promise only for an asynchronous schema, so that otherwise an append follows in the same
   * turn.
   */
  #prepare(
    recipients: Recipients,
    event: PublishedEvent,
    options: PublishOptions,
  ): Publication | Promise<Publication> {
    const { settings, check } = this.#context;
    const publication = preparePublication(recipients, event, settings, options);
    const checked = check(publication.event ?? "message", event.data);
    return checked === undefined ? publication : checked.then(() => publication);
  }

  #append(publication: Publication, options: PublishOptions, keyed: AppendOptions): Promise<Position> {
    const { conflateKey, timeout = this.#context.timeout, signal } = options;
    const entry = conflateKey === undefined ? publication : { conflateKey, ...publication };
    if (timeout === undefined && signal === undefined) return this.#counted(entry, keyed);
    const append = () => this.#counted(entry, keyed);
    return appendWithRetries(append, { timeout, signal, clock: this.#context.settings.clock });
  }

  /** Appends, and counts the append while the log works on it, however long its publisher waits. */
  #counted(entry: NewLogEntry, options: AppendOptions): Promise<Position> {
    const { log, isImmediate } = this.#context;
    if (isImmediate) return log.append(entry, options);
    const length = lengthOf(entry, options);
    const inFlight = this.#inFlight;
    const { appendsInFlight } = this.#context.settings.limits;
    if (inFlight.appends >= appendsInFlight || inFlight.length + length > maxLengthInFlight)
      throw tooManyAppends(inFlight.appends);
    inFlight.appends += 1;
    inFlight.length += length;
    const onSettled = () => {
      inFlight.appends -= 1;
      inFlight.length -= length;
    };
    const position = log.append(entry, options);
    position.then(onSettled, onSettled);
    return position;
  }

  #sendEphemeral(publication: Publication, { scope }: PublishOptions): string {
    this.#context.feed.sendEphemeral(publication);
    if (scope !== "instance") this.#context.elsewhere(publication);
    return this.#report("", publication);
  }

  /** Returns the id. */
  #report(id: string, { channels, event = "message", data }: Publication): string {
    const { counters, hooks } = this.#context;
    counters.published += 1;
    if (hooks.has("publish")) hooks.emit("publish", { id, audience: audienceOf(channels), event, data });
    return id;
  }
}

/** Returns the receivers of a publication, which are all of one kind. */
function audienceOf(channels: readonly Channel[]): Audience {
  if (channels[0] === everyone) return { kind: "everyone" };
  const names = channels.map(nameOf);
  return topicOf(channels[0]!) === undefined
    ? { kind: "users", users: names }
    : { kind: "topics", topics: names };
}

/** Returns the characters that an append keeps while it waits. */
function lengthOf(
  { data, event = "", conflateKey = "" }: NewLogEntry,
  { idempotencyKey = "" }: AppendOptions,
): number {
  return data.length + event.length + conflateKey.length + idempotencyKey.length;
}
