import type { Feed } from "../delivery/feed.js";
import type { Emitter } from "../emitter.js";
import { hubClosed, tooManyAppends } from "../errors.js";
import type { EventCheck } from "../event-schemas.js";
import type { Audience } from "../hooks.js";
import type { EventLog } from "../log/event-log.js";
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

/** The result of an append. */
interface Appended {
  readonly id: string;
  /** Whether the idempotency key had been used before, so that nothing was published. */
  readonly isRepeated: boolean;
}

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
    id.catch((error: unknown) => {
      this.#context.counters.failed += 1;
      this.#context.hooks.report(error);
    });
    return id;
  }

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
  async #publish(audience: () => Audience, event: PublishedEvent, options: PublishOptions): Promise<string> {
    const to = audience();
    requirePublishOptions(options);
    const prepared = this.#prepare(to, event, options);
    const publication = prepared instanceof Promise ? await prepared : prepared;
    options.signal?.throwIfAborted();
    if (this.#closed) throw hubClosed();
    if (options.ephemeral) return this.#sendEphemeral(to, publication, options);
    const { id, isRepeated } = await this.#append(publication, options);
    if (!isRepeated) this.#report(id, to, publication);
    return id;
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

  async #append({ channels, event, data, except }: Publication, options: PublishOptions): Promise<Appended> {
    const { log, settings } = this.#context;
    const { conflateKey, idempotencyKey, timeout = this.#context.timeout, signal } = options;
    let isRepeated = false;
    const entry = {
      channels,
      data,
      ...(event !== undefined && { event }),
      ...(conflateKey !== undefined && { conflateKey }),
      ...(except !== undefined && { except }),
    };
    const onRepeat = () => {
      isRepeated = true;
    };
    const append = () =>
      this.#counted(data, () =>
        log.append(entry, idempotencyKey === undefined ? {} : { idempotencyKey, onRepeat }),
      );
    const id = await appendWithRetries(append, { timeout, signal, clock: settings.clock });
    return { id, isRepeated };
  }

  /** Counts an append for as long as the log works on it, however long its publisher waits. */
  #counted<T>({ length }: string, append: () => Promise<T>): Promise<T> {
    const inFlight = this.#inFlight;
    const { appendsInFlight } = this.#context.settings.limits;
    if (inFlight.appends >= appendsInFlight || inFlight.length + length > maxLengthInFlight)
      throw tooManyAppends(inFlight.appends);
    inFlight.appends += 1;
    inFlight.length += length;
    return append().finally(() => {
      inFlight.appends -= 1;
      inFlight.length -= length;
    });
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
    hooks.emit("publish", { id, audience, event, data });
  }
}
