import { formatPosition, type LogEntry } from "@sse/hub/log";
import type { ReadConnection } from "../connection/connections.js";
import { askLeader, storedMessage } from "../connection/history.js";
import type { Session } from "../connection/session.js";
import { decodeEntry, headerBytesOf, type StoredMessage, tagOf } from "../entry-codec.js";
import { isNoResponders } from "../errors.js";
import type { NatsLogSettings } from "../options.js";
import type { Subjects } from "../subjects.js";
import { EntryCache, type StoredEntry } from "./entry-cache.js";
import { Slots } from "./slots.js";

/** The number of pages that are read at a time. */
const maxPages = 8;

/**
 * The number of messages of a page that are requested at a time: at first, when their size is not
 * known, and later.
 */
const firstBatch = 4;
const maxBatch = 64;

/** The size in bytes of data, topics and keys after which a page ends. */
const maxPageBytes = 65_536;

/**
 * The entries of a page, in the order of the requested sequences; `undefined` for one that is no
 * longer held.
 */
export type PageEntries = readonly (LogEntry | undefined)[];

/**
 * Reads entries by their sequences, a few pages at a time. Readers over the same stretch share what
 * is read and decoded.
 */
export class EntryReader {
  readonly #settings: NatsLogSettings;
  readonly #subjects: Subjects;
  readonly #connection: ReadConnection;
  readonly #cache: EntryCache;
  readonly #pages: Slots;

  /** @param now a monotonic time in milliseconds. Default: that of the process. */
  constructor(
    settings: NatsLogSettings,
    subjects: Subjects,
    connection: ReadConnection,
    now: () => number = () => performance.now(),
  ) {
    this.#settings = settings;
    this.#subjects = subjects;
    this.#connection = connection;
    this.#cache = new EntryCache(now);
    this.#pages = new Slots(maxPages, settings.clock);
  }

  /**
   * Returns the first of the entries with these sequences: as many as fit in a page and in
   * `maxBytes`, at least one.
   */
  page(
    session: Session,
    sequences: readonly number[],
    maxBytes: number = Number.POSITIVE_INFINITY,
  ): Promise<PageEntries> {
    if (sequences.length === 0) return Promise.resolve([]);
    return this.#pages.run(() => this.#tryPage(session, sequences, Math.min(maxBytes, maxPageBytes)));
  }

  /**
   * Returns the tag of the message with a sequence, or `undefined` if the message is no longer
   * held.
   */
  async tag(session: Session, sequence: number): Promise<string | undefined> {
    return (await this.#get(session, sequence))?.tag;
  }

  /** Returns the message with a sequence, or `undefined` if it is no longer held. */
  async message(session: Session, sequence: number): Promise<StoredMessage | undefined> {
    const { stream } = this.#settings;
    const { lifetime, info } = session;
    const jsm = await lifetime.during(this.#connection.manager());
    const query = { seq: sequence };
    const direct = info.config.allow_direct
      ? await lifetime.during(jsm.direct.getMessage(stream, query).catch(nullIfNoResponders))
      : null;
    if (direct !== null) return storedMessage(direct);
    // A replica that lags has not received everything yet: only the leader knows what is evicted.
    const ask = async () => (await lifetime.during(jsm.streams.getMessage(stream, query))) ?? undefined;
    const found = await askLeader(session, stream, sequence, ask);
    return found && storedMessage(found);
  }

  /**
   * Reads a page. If that fails, so do those that wait: a server that does not respond would let
   * each of them wait for a timeout of its own.
   */
  async #tryPage(session: Session, sequences: readonly number[], maxBytes: number): Promise<PageEntries> {
    try {
      return await this.#readPage(session, sequences, maxBytes);
    } catch (error) {
      this.#pages.rejectWaiting(error);
      throw error;
    }
  }

  async #readPage(session: Session, sequences: readonly number[], maxBytes: number): Promise<PageEntries> {
    const entries: (LogEntry | undefined)[] = [];
    let bytes = 0;
    let batch = firstBatch;
    while (entries.length < sequences.length && bytes < maxBytes) {
      const next = sequences.slice(entries.length, entries.length + batch);
      const results = next.map((sequence) => this.#get(session, sequence));
      const isCached = !results.some((result) => result instanceof Promise);
      for (const found of isCached ? (results as StoredEntry[]) : await Promise.all(results)) {
        const size = found?.bytes ?? 0;
        // What does not fit was read for nothing, but is cached for the next page.
        if (entries.length > 0 && bytes + size > maxBytes) return entries;
        bytes += size;
        entries.push(found?.entry);
      }
      batch = batchFor(bytes, entries.length, maxBytes);
    }
    return entries;
  }

  #get(session: Session, sequence: number): StoredEntry | Promise<StoredEntry | undefined> {
    return this.#cache.get(session.epoch, sequence, () => this.#read(session, sequence));
  }

  async #read(session: Session, sequence: number): Promise<StoredEntry | undefined> {
    const message = await this.message(session, sequence);
    if (message === undefined) return undefined;
    const tag = tagOf(message);
    const entry = decodeEntry(message, this.#subjects);
    const position = formatPosition({ epoch: session.epoch, offset: sequence, tag });
    // The headers have the topics and the keys.
    const bytes = message.payload.byteLength + headerBytesOf(message.headers);
    return { tag, entry: entry && { position, ...entry }, bytes };
  }
}

/** A server that has just started may not serve direct reads yet. */
function nullIfNoResponders(error: unknown): null {
  if (isNoResponders(error)) return null;
  throw error;
}

/** Returns how many messages probably fit in the rest of a page. */
function batchFor(bytes: number, count: number, maxBytes: number): number {
  const average = Math.max(1, bytes / count);
  return Math.max(1, Math.min(maxBatch, Math.floor((maxBytes - bytes) / average)));
}
