import { SseError } from "@sse/core";
import { requireOneOf } from "@sse/core/internal";
import type { Feed } from "../delivery/feed.js";
import type { Emitter } from "../emitter.js";
import type { EventCheck } from "../event-schemas.js";
import type { Audience } from "../hooks.js";
import type { EventLog } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { HubSettings } from "../options.js";
import type { Counters } from "../stats.js";
import { orGiveUp } from "./append-timeout.js";
import {
  type Publication,
  type PublishedEvent,
  type PublishOptions,
  preparePublication,
} from "./publication.js";

/** What a publisher works with. */
export interface PublisherContext {
  readonly log: EventLog;
  readonly feed: Feed;
  readonly settings: HubSettings;
  readonly check: EventCheck;
  readonly hooks: Emitter;
  readonly counters: Counters;
  /** Takes an ephemeral event to the other instances. */
  readonly elsewhere: (publication: Publication) => void;
  /** Milliseconds after which to give up an append for which nothing else was said. */
  readonly timeout: number | undefined;
}

/** The way of an event from the application into the log. */
export class Publisher {
  readonly #context: PublisherContext;
  #inFlight = 0;
  #closed = false;

  constructor(context: PublisherContext) {
    this.#context = context;
  }

  /**
   * Publishes and resolves to the event's id. A failure is reported as well as rejected with, because nobody has to await it.
   *
   * @param audience whom it is for; a function, so that a bad name rejects like everything else.
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
    await this.#prepare({ kind: "everyone" }, event);
  }

  /** From here on nothing is published. */
  close(): void {
    this.#closed = true;
  }

  /** Without asynchronous schemas and with a memory log the event is in the log when this returns. */
  async #publish(audience: () => Audience, event: PublishedEvent, options: PublishOptions): Promise<string> {
    const { counters, hooks } = this.#context;
    const to = audience();
    requireEphemeralFor(options);
    const prepared = this.#prepare(to, event);
    const publication = prepared instanceof Promise ? await prepared : prepared;
    options.signal?.throwIfAborted();
    if (this.#closed) throw new SseError("closed", "the hub has been closed; nothing was published");
    const id = options.ephemeral
      ? this.#sendEphemeral(publication, options)
      : await this.#append(publication, options);
    counters.published += 1;
    const { event: name = "message", data } = publication;
    hooks.emit("publish", { id, audience: to, event: name, data });
    return id;
  }

  /** A promise only for an asynchronous schema, so that otherwise nothing comes between a publish and its append. */
  #prepare(audience: Audience, event: PublishedEvent): Publication | Promise<Publication> {
    const { settings, check } = this.#context;
    const publication = preparePublication(audience, event, settings);
    const checked = check(publication.event ?? "message", event.data);
    return checked === undefined ? publication : checked.then(() => publication);
  }

  async #append(publication: Publication, options: PublishOptions): Promise<Position> {
    const { log, settings } = this.#context;
    const limit = settings.limits.appendsInFlight;
    if (this.#inFlight >= limit) {
      throw new SseError(
        "overloaded",
        `${limit} publishes wait for the log already; nothing was published, try later`,
      );
    }
    const { channels, event, data } = publication;
    const { conflateKey, idempotencyKey, timeout = this.#context.timeout, signal } = options;
    this.#inFlight += 1;
    const appended = log
      .append(
        {
          channels,
          data,
          ...(event !== undefined && { event }),
          ...(conflateKey !== undefined && { conflateKey }),
        },
        idempotencyKey === undefined ? {} : { idempotencyKey },
      )
      .finally(() => {
        this.#inFlight -= 1;
      });
    const patience = { ...(timeout !== undefined && { timeout }), ...(signal !== undefined && { signal }) };
    return orGiveUp(appended, patience, settings.clock);
  }

  #sendEphemeral(publication: Publication, { scope }: PublishOptions): string {
    this.#context.feed.sendEphemeral(publication);
    if (scope !== "instance") this.#context.elsewhere(publication);
    return "";
  }
}

function requireEphemeralFor({ ephemeral, scope = "hub" }: PublishOptions): void {
  requireOneOf(["hub", "instance"], "scope", scope);
  if (scope === "hub" || ephemeral) return;
  throw new SseError(
    "invalid-option",
    'only an ephemeral event can stay on this instance, for the log belongs to all: publish it with { ephemeral: true, scope: "instance" }',
    { field: "scope" },
  );
}
