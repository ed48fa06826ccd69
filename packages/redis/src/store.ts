import { createHash } from "node:crypto";
import { isSseError, SseError } from "@sse/core";
import type {
  AppendOptions,
  Channel,
  LogEntry,
  LogPage,
  NewLogEntry,
  Position,
  ReadOptions,
  ReadStart,
} from "@sse/hub/log";
import { isServerError } from "./driver.js";
import { decodeEntry, encodeEntry } from "./entry.js";
import type { Opened } from "./link.js";
import type { RedisLogSettings } from "./options.js";
import { isEpoch, type Place, placeOf, positionOf, randomEpoch } from "./position.js";
import { retentionOf } from "./retention.js";
import { script } from "./script.js";
import { type Session, unavailable } from "./session.js";

/** Newest entries that stay in the stream for followers, also where no channel keeps them. */
const tailLength = 1_000;

/** Bytes of entries after which a page ends. */
const pageBytes = 1024 * 1024;

/** Errors of a server that has not begun to run the script. */
const notRun =
  /^(NOSCRIPT|READONLY|OOM|LOADING|MASTERDOWN|NOREPLICAS|NOPERM|NOAUTH|MISCONF|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|BUSY) /;

/** A reply of the script: what came of it, and what goes with that. */
type Answer = readonly [status: string, ...rest: unknown[]];

/**
 * The log's data in Redis. Each operation belongs to an epoch, and the script refuses it once that epoch has ended. As soon as one session finds
 * another epoch, all sessions of the log are retired, so that each reopens in the new one.
 */
export class Store {
  readonly #settings: RedisLogSettings;
  readonly #digest = createHash("sha1").update(script).digest("hex");
  /** The furthest place that any reply has shown. A server that is behind it has lost data. */
  #seen: Place = { epoch: "", offset: 0 };
  /** The open sessions of the log, which all belong to the epoch of `#seen`. */
  readonly #sessions = new Set<Session>();

  constructor(settings: RedisLogSettings) {
    this.#settings = settings;
  }

  /** The stream of an epoch. */
  streamKey(epoch: string): string {
    return `{${this.#settings.key}}:${epoch}:log`;
  }

  /** Finds the epoch and the head; begins a new epoch where the server has lost data or may have. */
  async open(session: Session): Promise<Place> {
    const next = randomEpoch();
    for (let { epoch } = this.#seen; ; ) {
      const args = [script, ...this.#keys(epoch), ...this.#head("open", epoch), next];
      const [status, found, head] = answerOf(await session.send("EVAL", args, 2));
      if (!isEpoch(found)) throw unexpected();
      if (status === "ok") {
        this.#enter(found);
        this.join(session);
        return this.see({ epoch: found, offset: Number(head) });
      }
      epoch = found;
    }
  }

  /** Retires a session when another epoch is found, also one that runs no commands of the log itself. */
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
    opened: Opened<Place>,
    entry: NewLogEntry,
    { idempotencyKey }: AppendOptions,
  ): Promise<Position> {
    const { maxEvents, idempotencyWindow } = this.#settings;
    const { limits, age } = retentionOf(entry.channels, this.#settings);
    const fields = encodeEntry(entry, limits);
    const digest = idempotencyKey === undefined ? "" : digestOf(entry);
    const bounds = [maxEvents, Math.min(tailLength, maxEvents || tailLength), age].map(String);
    const args = [...bounds, digest, String(idempotencyWindow), ...fields];
    const [status, detail] = await this.#run(opened, "append", args, idempotencyKey).catch((error) => {
      throw appendFailure(error);
    });
    if (status === "conflict") throw conflict();
    if (status === "refused") throw unavailable(new Error(String(detail)));
    return positionOf(this.see({ epoch: opened.found.epoch, offset: Number(detail) }));
  }

  /** The offset of the newest entry. */
  async head(opened: Opened<Place>): Promise<Place> {
    const [, head] = await this.#run(opened, "head", []);
    return this.see({ epoch: opened.found.epoch, offset: Number(head) });
  }

  async read(opened: Opened<Place>, start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const { epoch } = opened.found;
    const through = placeOf(options.through);
    if (through?.epoch !== epoch)
      throw unavailable(
        new Error(`the epoch of the place up to which to read, ${options.through}, has ended`),
      );
    const args = [
      ...modeOf(start, epoch),
      String(through.offset),
      String(options.limit),
      options.knownEvictions ?? "0",
      String(pageBytes),
      ...options.channels,
    ];
    for (;;) {
      const answer = await this.#run(opened, "read", args);
      if (answer[0] === "damaged") throw damaged(this.streamKey(epoch), answer[1]);
      if (answer[0] === "ok") return pageOf(answer, epoch, start, options.channels);
    }
  }

  /** Runs the script, whose answer is not `epoch`. */
  async #run(
    opened: Opened<Place>,
    operation: string,
    args: readonly string[],
    idempotencyKey?: string,
  ): Promise<Answer> {
    const { session, found } = opened;
    const keys = this.#keys(found.epoch, idempotencyKey);
    try {
      const sent = [this.#digest, ...keys, ...this.#head(operation, found.epoch), ...args];
      const answer = answerOf(await session.send("EVALSHA", sent, 2));
      if (answer[0] !== "epoch") return answer;
    } catch (error) {
      // Another connection may reach a server that can.
      if (isServerError(error)) session.retire(error);
      throw error;
    }
    session.retire(epochEnded());
    throw unavailable(epochEnded());
  }

  /** The number of keys, and the keys. */
  #keys(epoch: string, idempotencyKey?: string): string[] {
    const all = [`{${this.#settings.key}}:meta`, this.streamKey(epoch)];
    for (const name of ["index", "expiries", "evicted", "emptied"])
      all.push(`{${this.#settings.key}}:${epoch}:${name}`);
    if (idempotencyKey !== undefined) all.push(`{${this.#settings.key}}:${epoch}:key:${idempotencyKey}`);
    return [String(all.length), ...all];
  }

  /** The arguments that every operation has. */
  #head(operation: string, epoch: string): string[] {
    const seen = this.#seen.epoch === epoch ? this.#seen.offset : 0;
    return [operation, epoch, this.#settings.durable ? "1" : "0", String(seen)];
  }

  /** Notes that a place has been seen, and returns it. */
  see(place: Place): Place {
    if (!Number.isSafeInteger(place.offset)) throw unexpected();
    if (place.epoch === this.#seen.epoch && place.offset > this.#seen.offset) this.#seen = place;
    return place;
  }
}

/** How the script is told where to begin. */
function modeOf(start: ReadStart, epoch: string): [mode: string, value: string] {
  if (typeof start !== "string") return ["last", String(start.last)];
  const place = placeOf(start);
  return place?.epoch === epoch ? ["after", String(place.offset)] : ["oldest", "0"];
}

function pageOf(
  [, scanned, evictions, gap, resumesAfter, elements]: Answer,
  epoch: string,
  start: ReadStart,
  channels: ReadonlySet<Channel>,
): LogPage {
  if (!Array.isArray(elements)) throw unexpected();
  const position = (offset: unknown) => positionOf({ epoch, offset: Number(offset) });
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
  const place = typeof start === "string" ? placeOf(start) : undefined;
  return place !== undefined && place.epoch !== epoch;
}

/** Tells two entries apart; what is kept of them makes no difference. */
function digestOf({ channels, event, data, conflateKey }: NewLogEntry): string {
  const text = JSON.stringify([channels, event ?? null, data, conflateKey ?? null]);
  return createHash("sha1").update(text).digest("hex");
}

function answerOf(reply: unknown): Answer {
  if (!Array.isArray(reply) || typeof reply[0] !== "string") throw unexpected();
  return reply as unknown as Answer;
}

function appendFailure(error: unknown): SseError {
  if (isSseError(error)) return error;
  if (isServerError(error) && notRun.test(error.message)) return unavailable(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new SseError(
    "append-timeout",
    `Redis did not confirm the event (${reason}); it may be stored: retry with the same idempotencyKey`,
    { cause: error },
  );
}

function conflict(): SseError {
  return new SseError(
    "idempotency-conflict",
    "this idempotency key was used for another event; use a new key for each event",
    { field: "idempotencyKey" },
  );
}

function epochEnded(): Error {
  return new Error("Redis lost data or was replaced, and the log begins a new epoch");
}

function damaged(key: string, id: unknown): SseError {
  return new SseError(
    "log-unavailable",
    `${String(id)} is missing from ${key}: something else deletes there; set maxmemory-policy to noeviction, then delete the log's keys`,
  );
}

function unexpected(): SseError {
  return new SseError(
    "log-unavailable",
    "Redis gave an answer that this package does not understand; give the log a `key` that nothing else uses",
  );
}
