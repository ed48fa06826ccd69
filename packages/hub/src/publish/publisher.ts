import type { Feed } from "../delivery/feed.js";
import type { Emitter } from "../emitter.js";
import { hubClosed, tooManyAppends } from "../errors.js";
import type { EventCheck } from "../event-schemas.js";
import type { Audience } from "../hooks.js";
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
  requirePublishOptions,
} from "./publication.js";

/** The parts of a hub that a publisher needs. */
export interface PublisherContext {
  readonly log: EventLog;
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
   *
   * @param audience returns the receivers; a function, so that a bad name rejects like everything
   * else.
   */
  publish(audience: () => Audience, event: PublishedEvent, options: PublishOptions): Promise<string> {
    const id = this.#publish(audience, event, options);
    id.catch(this.#onFailure);
    return id;
  }

  readonly #onFailure = (error: unknown): void => {
    this.#context.counters.failed += 1;
    this.#context.hooks.report(error);
  };

  /** Checks an event as {@link publish} does. */
  async validate(event: PublishedEvent): Promise<void> {
    await this.#prepare({ kind: "everyone" }, event, {});
  }

  /** Rejects every later publish. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Without asynchronous schemas and with a memory log the event is in the log when this returns.
   */
  #publish(audience: () => Audience, event: PublishedEvent, options: PublishOptions): Promise<string> {
    try {
      const to = audience();
      requirePublishOptions(options);
      const prepared = this.#prepare(to, event, options);
      return prepared instanceof Promise
        ? prepared.then((publication) => this.#send(to, publication, options))
        : this.#send(to, prepared, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #send(audience: Audience, publication: Publication, options: PublishOptions): Promise<string> {
    options.signal?.throwIfAborted();
    if (this.#closed) throw hubClosed();
    if (options.ephemeral) return Promise.resolve(this.#sendEphemeral(audience, publication, options));
    let isRepeated = false;
    const onRepeat = () => {
      isRepeated = true;
    };
    return this.#append(publication, options, onRepeat).then((id) => {
      if (!isRepeated) this.#report(id, audience, publication);
      return id;
    });
  }

  /**
   * A promise only for an asynchronous schema, so that otherwise an append follows in the same
   * turn.
   */
  #prepare(
    audience: Audience,
    event: PublishedEvent,
    options: PublishOptions,
  ): Publication | Promise<Publication> {
    const { settings, check } = this.#context;
    const publication = preparePublication(audience, event, settings, options);
    const checked = check(publication.event ?? "message", event.data);
    return checked === undefined ? publication : checked.then(() => publication);
  }

  #append(publication: Publication, options: PublishOptions, onRepeat: () => void): Promise<Position> {
    const { conflateKey, idempotencyKey, timeout = this.#context.timeout, signal } = options;
    const entry = entryOf(publication, conflateKey);
    const keyed = idempotencyKey === undefined ? unkeyed : { idempotencyKey, onRepeat };
    const append = () => this.#counted(entry, keyed);
    return appendWithRetries(append, { timeout, signal, clock: this.#context.settings.clock });
  }

  /** Appends, and counts the append while the log works on it, however long its publisher waits. */
  #counted(entry: NewLogEntry, options: AppendOptions): Promise<Position> {
    const { length } = entry.data;
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
    const position = this.#context.log.append(entry, options);
    position.then(onSettled, onSettled);
    return position;
  }

  #sendEphemeral(audience: Audience, publication: Publication, { scope }: PublishOptions): string {
    this.#context.feed.sendEphemeral(publication);
    if (scope !== "instance") this.#context.elsewhere(publication);
    this.#report("", audience, publication);
    return "";
  }

  #report(id: string, audience: Audience, { event = "message", data }: Publication): void {
    const { counters, hooks } = this.#context;
    counters.published += 1;
    if (hooks.has("publish")) hooks.emit("publish", { id, audience, event, data });
  }
}

/** Returns the entry to append, without the properties that are not set. */
function entryOf(
  { channels, event, data, except }: Publication,
  conflateKey: string | undefined,
): NewLogEntry {
  const entry: { -readonly [Key in keyof NewLogEntry]: NewLogEntry[Key] } = { channels, data };
  if (event !== undefined) entry.event = event;
  if (conflateKey !== undefined) entry.conflateKey = conflateKey;
  if (except !== undefined) entry.except = except;
  return entry;
}
