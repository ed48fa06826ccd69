import { createHash } from "node:crypto";
import {
  type AppendOptions,
  type Channel,
  digestEntry,
  type EpochOffset,
  formatPosition,
  isEpoch,
  type LogEntry,
  type NewLogEntry,
  type Position,
  parsePosition,
  type ReadStart,
  randomEpoch,
} from "@sse/hub/log";
import { isServerError } from "./driver.js";
import { decodeElement, encodeEntry } from "./entry.js";
import {
  appendFailure,
  epochEnded,
  evictionPolicy,
  idempotencyConflict,
  isReplica,
  newerEntry,
  unavailable,
  unexpectedReply,
} from "./errors.js";
import type { Opened } from "./link.js";
import type { RedisLogSettings } from "./options.js";
import { retentionOf } from "./retention.js";
import { script } from "./script.js";
import type { Session } from "./session.js";
import { Stretch, type StretchContent, type StretchRequest } from "./stretch.js";

/**
 * Number of newest entries that stay in the stream for followers, also those that no channel keeps.
 */
const tailLength = 1_000;

/** Number of epochs that are remembered after they were left. */
const maxLeftEpochs = 100;

/**
 * Maximum number of calls for one page. Each removes what is missing or has expired, which a server
 * that evicts keys could repeat for ever.
 */
const maxReadAttempts = 1_000;

/** A reply of the script: the outcome, and its details. */
type Reply = readonly [status: string, ...rest: unknown[]];

/**
 * The log's data in Redis. Each operation belongs to an epoch, and the script refuses it once that
 * epoch has ended. As soon as one session finds another epoch, all sessions of the log are retired,
 * so that each reopens in the new one.
 */
export class Store {
  readonly #settings: RedisLogSettings;
  readonly #onWarning: (warning: Error) => void;
  readonly #digest = createHash("sha1").update(script).digest("hex");
  /**
   * The newest position of any reply. A server that is behind it, or has another entry there, has
   * lost data.
   */
  #seen: EpochOffset = { epoch: "", offset: 0 };
  /**
   * Epochs that have ended for this instance. A server that has one of them again has lost the
   * later ones.
   */
  readonly #left = new Set<string>();
  /** The open sessions of the log, which all belong to the epoch of `#seen`. */
  readonly #sessions = new Set<Session>();
  /** The script, while a session loads it again. */
  readonly #loading = new WeakMap<Session, Promise<unknown>>();

  /** @param onWarning receives settings of the server that break promises. */
  constructor(settings: RedisLogSettings, onWarning: (warning: Error) => void) {
    this.#settings = settings;
    this.#onWarning = onWarning;
  }

  /** Returns the key of an epoch's stream. */
  streamKey(epoch: string): string {
    return `{${this.#settings.key}}:${epoch}:log`;
  }

  /** Finds the epoch and the head. Starts a new epoch if the server has lost data or may have. */
  async open(session: Session): Promise<EpochOffset> {
    const next = randomEpoch();
    const durable = await this.#durability(session);
    for (let { epoch } = this.#seen; ; ) {
      const isLeft = this.#left.has(epoch) ? "1" : "0";
      const args = [script, ...this.#keys(epoch), ...this.#head("open", epoch, durable), next, isLeft];
      const [status, found, head, tag, policy] = replyOf(await session.send("EVAL", args, 2));
      if (status === "replica") throw isReplica();
      if (!isEpoch(found)) throw unexpectedReply();
      // Another connection may have left this epoch in the meantime.
      if (status === "ok" && !this.#left.has(found)) {
        this.#enter(found);
        this.join(session);
        this.#checkPolicy(policy);
        return this.see({ epoch: found, offset: Number(head), ...tagOf(tag) });
      }
      epoch = found;
    }
  }

  /** Registers a session to be retired when another epoch is found. */
  join(session: Session): void {
    this.#sessions.add(session);
    void session.ended.then(() => this.#sessions.delete(session));
  }

  async append(
    opened: Opened<EpochOffset>,
    entry: NewLogEntry,
    { idempotencyKey, onRepeat }: AppendOptions,
  ): Promise<Position> {
    const { maxEvents, idempotencyWindow } = this.#settings;
    const { limits, age } = retentionOf(entry.channels, this.#settings);
    const tag = this.#newTag();
    const fields = encodeEntry(entry, limits, tag);
    const digest = idempotencyKey === undefined ? "" : digestEntry(entry);
    const bounds = [maxEvents, Math.min(tailLength, maxEvents || tailLength), age].map(String);
    const args = [...bounds, digest, String(idempotencyWindow), tag, ...fields];
    const [status, detail, storedTag] = await this.#run(opened, "append", args, idempotencyKey).catch(
      (error) => {
        throw appendFailure(error);
      },
    );
    if (status === "conflict") throw idempotencyConflict();
    if (status === "refused") throw unavailable(new Error(String(detail)));
    if (status === "repeated") onRepeat?.();
    const { epoch } = opened.prepared;
    return formatPosition(this.see({ epoch, offset: Number(detail), ...tagOf(storedTag) }));
  }

  /** Returns the position of the newest entry. Removes elements of other programs after it. */
  async head(opened: Opened<EpochOffset>): Promise<EpochOffset> {
    const [, head, tag] = await this.#run(opened, "head", []);
    return this.see({ epoch: opened.prepared.epoch, offset: Number(head), ...tagOf(tag) });
  }

  async read(opened: Opened<EpochOffset>, request: StretchRequest): Promise<Stretch> {
    const { epoch } = opened.prepared;
    const through = parsePosition(request.through);
    if (through?.epoch !== epoch)
      throw unavailable(new Error(`the epoch of ${request.through}, the end of the page, has ended`));
    const otherStarts = [...request.otherStarts];
    const others = otherStarts.map((start) => parsePosition(start)!);
    const args = [
      ...modeOf(request.start, epoch),
      String(through.offset),
      String(request.limit),
      request.knownEvictions ?? "0",
      String(request.maxBytes),
      JSON.stringify(others.map(({ offset, tag }) => [offset, tag ?? ""])),
      ...request.channels,
    ];
    for (let attempt = 0; attempt < maxReadAttempts; attempt += 1) {
      const reply = await this.#run(opened, "read", args);
      if (reply[0] === "ok")
        return new Stretch(request, contentOf(reply, epoch, request.channels, otherStarts));
    }
    throw unavailable(new Error("entries are missing as fast as they are found to be"));
  }

  /** Records a position that a reply has shown, and returns it. */
  see(position: EpochOffset): EpochOffset {
    if (!Number.isSafeInteger(position.offset)) throw unexpectedReply();
    if (position.epoch === this.#seen.epoch && position.offset > this.#seen.offset) this.#seen = position;
    return position;
  }

  #enter(epoch: string): void {
    const previous = this.#seen.epoch;
    if (epoch === previous) return;
    this.#seen = { epoch, offset: 0 };
    if (previous === "") return;
    this.#left.add(previous);
    for (const oldest of this.#left) {
      if (this.#left.size <= maxLeftEpochs) break;
      this.#left.delete(oldest);
    }
    for (const session of [...this.#sessions]) session.retire(epochEnded());
  }

  /** Returns the `durable` argument of the script. By default the server's own settings decide. */
  async #durability(session: Session): Promise<string> {
    const { durable } = this.#settings;
    if (durable !== undefined) return durable ? "1" : "0";
    const reply = await session.send("CONFIG", ["GET", "append*"], 0).catch((error) => {
      // The command may be forbidden.
      if (isServerError(error)) return [];
      throw error;
    });
    const settings = new Map<unknown, unknown>();
    const flat = Array.isArray(reply) ? reply : [];
    for (let i = 0; i < flat.length; i += 2) settings.set(flat[i], flat[i + 1]);
    return settings.get("appendonly") === "yes" && settings.get("appendfsync") === "always" ? "auto" : "0";
  }

  #checkPolicy(policy: unknown): void {
    if (typeof policy === "string" && policy !== "" && policy !== "noeviction")
      this.#onWarning(evictionPolicy(policy));
  }

  /**
   * Returns a tag for a new entry. It has to differ from the tag of another entry at the same
   * offset only.
   */
  #newTag(): string {
    return this.#settings.clock.random().toString(36).slice(2, 8).padEnd(6, "0");
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
    const sent = [...keys, ...this.#head(operation, prepared.epoch), ...args];
    const [status, ...rest] = await this.#evaluate(session, prepared.epoch, sent).catch((error) => {
      // Another connection may reach a server that can.
      if (isServerError(error)) session.retire(error);
      throw error;
    });
    if (status !== "epoch" && status !== "replica") return [status, ...rest];
    const cause = status === "epoch" ? epochEnded() : isReplica();
    session.retire(cause);
    throw unavailable(cause);
  }

  /**
   * Evaluates the script by its digest. A server that has forgotten the script has run nothing, and
   * loads it again.
   */
  async #evaluate(session: Session, epoch: string, args: readonly string[]): Promise<Reply> {
    const evaluate = async () => replyOf(await session.send("EVALSHA", [this.#digest, ...args], 2));
    return evaluate().catch(async (error) => {
      if (!isServerError(error) || !error.message.startsWith("NOSCRIPT ")) throw error;
      const head = [script, ...this.#keys(epoch), ...this.#head("head", epoch)];
      const loading = this.#loading.get(session) ?? session.send("EVAL", head, 2);
      this.#loading.set(session, loading);
      await loading.finally(() => this.#loading.delete(session));
      return evaluate();
    });
  }

  /** Returns the number of keys, and the keys. */
  #keys(epoch: string, idempotencyKey?: string): string[] {
    const prefix = `{${this.#settings.key}}:`;
    const all = [`${prefix}meta`, this.streamKey(epoch)];
    for (const name of ["index", "expiries", "evicted", "emptied"]) all.push(`${prefix}${epoch}:${name}`);
    if (idempotencyKey !== undefined) all.push(`${prefix}${epoch}:key:${idempotencyKey}`);
    return [String(all.length), ...all];
  }

  /** Returns the arguments of every operation. */
  #head(operation: string, epoch: string, durable = this.#settings.durable ? "1" : "0"): string[] {
    const { offset, tag } = this.#seen.epoch === epoch ? this.#seen : { offset: 0, tag: undefined };
    return [operation, epoch, durable, String(offset), tag ?? ""];
  }
}

/** Encodes the start of a read for the script. */
function modeOf(start: ReadStart, epoch: string): [mode: string, value: string, tag: string] {
  if (typeof start !== "string") return ["last", String(start.last), ""];
  const from = parsePosition(start);
  return from?.epoch === epoch ? ["after", String(from.offset), from.tag ?? ""] : ["oldest", "0", ""];
}

function contentOf(
  [, scannedThrough, evictions, known, evictedChannels, knownStarts, elements]: Reply,
  epoch: string,
  channels: ReadonlySet<Channel>,
  otherStarts: readonly Position[],
): StretchContent {
  if (![evictedChannels, knownStarts, elements].every(Array.isArray)) throw unexpectedReply();
  const entries: { offset: number; entry: LogEntry }[] = [];
  for (const element of elements as unknown[]) {
    const stored = decodeElement(epoch, element);
    if (stored.kind === "newer") throw newerEntry(stored.version);
    if (stored.kind === "entry" && stored.entry.channels.some((channel) => channels.has(channel)))
      entries.push({ offset: stored.position.offset, entry: stored.entry });
  }
  return {
    epoch,
    entries,
    scannedThrough: Number(scannedThrough),
    evictions: String(evictions),
    isKnown: known === 1,
    evictedChannels: new Set(evictedChannels as Channel[]),
    knownStarts: (knownStarts as number[]).map((index) => otherStarts[index - 1]!),
  };
}

function tagOf(tag: unknown): { tag?: string } {
  return typeof tag === "string" && tag !== "" ? { tag } : {};
}

function replyOf(reply: unknown): Reply {
  if (!Array.isArray(reply) || typeof reply[0] !== "string") throw unexpectedReply();
  return reply as unknown as Reply;
}
