import { createHash } from "node:crypto";
import { SseError } from "@sse/core";
import {
  type AppendOptions,
  type Channel,
  digestEntry,
  type EpochOffset,
  formatPosition,
  isEpoch,
  type LogEntry,
  type LogPage,
  type NewLogEntry,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
  randomEpoch,
} from "@sse/hub/log";
import { isServerError } from "./driver.js";
import { decodeEntry, encodeEntry } from "./entry.js";
import {
  appendTimeout,
  epochEnded,
  idempotencyConflict,
  missingEntry,
  unavailable,
  unexpectedReply,
} from "./errors.js";
import type { Opened } from "./link.js";
import type { RedisLogSettings } from "./options.js";
import { retentionOf } from "./retention.js";
import { script } from "./script.js";
import type { Session } from "./session.js";

/**
 * Number of newest entries that stay in the stream for followers, also those that no channel keeps.
 */
const tailLength = 1_000;

/** Bytes of entries after which a page ends. */
const pageBytes = 1024 * 1024;

/** Errors of a server that did not run the script. */
const notRun =
  /^(NOSCRIPT|READONLY|OOM|LOADING|MASTERDOWN|NOREPLICAS|NOPERM|NOAUTH|MISCONF|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|BUSY) /;

/** A reply of the script: the outcome, and its details. */
type Reply = readonly [status: string, ...rest: unknown[]];

/**
 * The log's data in Redis. Each operation belongs to an epoch, and the script refuses it once
 * that epoch has ended. As soon as one session finds another epoch, all sessions of the log are
 * retired, so that each reopens in the new one.
 */
export class Store {
  readonly #settings: RedisLogSettings;
  readonly #digest = createHash("sha1").update(script).digest("hex");
  /** The newest position of any reply. A server that is behind it has lost data. */
  #seen: EpochOffset = { epoch: "", offset: 0 };
  /** The open sessions of the log, which all belong to the epoch of `#seen`. */
  readonly #sessions = new Set<Session>();

  constructor(settings: RedisLogSettings) {
    this.#settings = settings;
  }

  /** Returns the key of an epoch's stream. */
  streamKey(epoch: string): string {
    return `{${this.#settings.key}}:${epoch}:log`;
  }

  /** Finds the epoch and the head. Starts a new epoch if the server has lost data or may have. */
  async open(session: Session): Promise<EpochOffset> {
    const next = randomEpoch();
    for (let { epoch } = this.#seen; ; ) {
      const args = [script, ...this.#keys(epoch), ...this.#head("open", epoch), next];
      const [status, found, head] = replyOf(await session.send("EVAL", args, 2));
      if (!isEpoch(found)) throw unexpectedReply();
      if (status === "ok") {
        this.#enter(found);
        this.join(session);
        return this.see({ epoch: found, offset: Number(head) });
      }
      epoch = found;
    }
  }

  /** Registers a session to be retired when another epoch is found. */
  join(session: Session): void {
    this.#sessions.add(session);
    void session.ended.then(() => this.#sessions.delete(session));
  }

  #enter(epoch: string): void {
    const previous = this.#seen.epoch;
    if (epoch === previous) return;
    this.#seen = { epoch, offset: 0 };
    if (previous === "") return;
    for (const session of [...this.#sessions]) session.retire(epochEnded());
  }

  async append(
    opened: Opened<EpochOffset>,
    entry: NewLogEntry,
    { idempotencyKey, onRepeat }: AppendOptions,
  ): Promise<Position> {
    const { maxEvents, idempotencyWindow } = this.#settings;
    const { limits, age } = retentionOf(entry.channels, this.#settings);
    const fields = encodeEntry(entry, limits);
    const digest = idempotencyKey === undefined ? "" : digestEntry(entry);
    const bounds = [maxEvents, Math.min(tailLength, maxEvents || tailLength), age].map(String);
    const args = [...bounds, digest, String(idempotencyWindow), ...fields];
    const [status, detail] = await this.#run(opened, "append", args, idempotencyKey).catch((error) => {
      throw appendFailure(error);
    });
    if (status === "conflict") throw idempotencyConflict();
    if (status === "refused") throw unavailable(new Error(String(detail)));
    if (status === "repeated") onRepeat?.();
    return formatPosition(this.see({ epoch: opened.prepared.epoch, offset: Number(detail) }));
  }

  /** Returns the position of the newest entry. */
  async head(opened: Opened<EpochOffset>): Promise<EpochOffset> {
    const [, head] = await this.#run(opened, "head", []);
    return this.see({ epoch: opened.prepared.epoch, offset: Number(head) });
  }

  async read(opened: Opened<EpochOffset>, start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const { epoch } = opened.prepared;
    const through = parsePosition(options.through);
    if (through?.epoch !== epoch)
      throw unavailable(new Error(`the epoch of ${options.through}, the end of the page, has ended`));
    const args = [
      ...modeOf(start, epoch),
      String(through.offset),
      String(options.limit),
      options.knownEvictions ?? "0",
      String(pageBytes),
      ...options.channels,
    ];
    for (;;) {
      const reply = await this.#run(opened, "read", args);
      if (reply[0] === "damaged") throw missingEntry(this.streamKey(epoch), reply[1]);
      if (reply[0] === "ok") return pageOf(reply, epoch, start, options.channels);
    }
  }

  /** Runs the script in the session's epoch. */
  async #run(
    opened: Opened<EpochOffset>,
    operation: string,
    args: readonly string[],
    idempotencyKey?: string,
  ): Promise<Reply> {
    const { session, prepared } = opened;
    const keys = this.#keys(prepared.epoch, idempotencyKey);
    try {
      const sent = [this.#digest, ...keys, ...this.#head(operation, prepared.epoch), ...args];
      const reply = replyOf(await session.send("EVALSHA", sent, 2));
      if (reply[0] !== "epoch") return reply;
    } catch (error) {
      // Another connection may reach a server that can.
      if (isServerError(error)) session.retire(error);
      throw error;
    }
    session.retire(epochEnded());
    throw unavailable(epochEnded());
  }

  /** Returns the number of keys, and the keys. */
  #keys(epoch: string, idempotencyKey?: string): string[] {
    const all = [`{${this.#settings.key}}:meta`, this.streamKey(epoch)];
    for (const name of ["index", "expiries", "evicted", "emptied"])
      all.push(`{${this.#settings.key}}:${epoch}:${name}`);
    if (idempotencyKey !== undefined) all.push(`{${this.#settings.key}}:${epoch}:key:${idempotencyKey}`);
    return [String(all.length), ...all];
  }

  /** Returns the arguments of every operation. */
  #head(operation: string, epoch: string): string[] {
    const seen = this.#seen.epoch === epoch ? this.#seen.offset : 0;
    return [operation, epoch, this.#settings.durable ? "1" : "0", String(seen)];
  }

  /** Records a position that a reply has shown, and returns it. */
  see(position: EpochOffset): EpochOffset {
    if (!Number.isSafeInteger(position.offset)) throw unexpectedReply();
    if (position.epoch === this.#seen.epoch && position.offset > this.#seen.offset) this.#seen = position;
    return position;
  }
}

/** Encodes the start of a read for the script. */
function modeOf(start: ReadStart, epoch: string): [mode: string, value: string] {
  if (typeof start !== "string") return ["last", String(start.last)];
  const from = parsePosition(start);
  return from?.epoch === epoch ? ["after", String(from.offset)] : ["oldest", "0"];
}

function pageOf(
  [, scanned, evictions, gap, resumesAfter, elements]: Reply,
  epoch: string,
  start: ReadStart,
  channels: ReadonlySet<Channel>,
): LogPage {
  if (!Array.isArray(elements)) throw unexpectedReply();
  const position = (offset: unknown) => formatPosition({ epoch, offset: Number(offset) });
  const entries: LogEntry[] = [];
  for (const element of elements) {
    const { entry } = decodeEntry(epoch, element);
    if (entry?.channels.some((channel) => channels.has(channel))) entries.push(entry);
  }
  const page = { entries, scannedThrough: position(scanned), evictions: String(evictions) };
  if (gap === 0) return page;
  const reason = gap === 1 ? "evicted" : isOtherEpoch(start, epoch) ? "epoch" : "unknown";
  return { ...page, gap: { reason, resumesAfter: position(resumesAfter) } };
}

function isOtherEpoch(start: ReadStart, epoch: string): boolean {
  const from = typeof start === "string" ? parsePosition(start) : undefined;
  return from !== undefined && from.epoch !== epoch;
}

function replyOf(reply: unknown): Reply {
  if (!Array.isArray(reply) || typeof reply[0] !== "string") throw unexpectedReply();
  return reply as unknown as Reply;
}

/** An error of the server that has not run the script leaves nothing stored. */
function appendFailure(error: unknown): SseError {
  if (error instanceof SseError) return error;
  return isServerError(error) && notRun.test(error.message) ? unavailable(error) : appendTimeout(error);
}
