import {
  type AppendOptions,
  type Channel,
  digestEntry,
  type EpochOffset,
  formatPosition,
  type LogEntry,
  type NewLogEntry,
  type Position,
  parsePosition,
  type ReadStart,
} from "@sse/hub/log";
import { decodeElement, encodeEntry, newTag } from "./entry.js";
import { EpochScript, type Reply } from "./epoch/epoch-script.js";
import { appendFailure, idempotencyConflict, newerEntry, unavailable, unexpectedReply } from "./errors.js";
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

/**
 * Maximum number of calls for one page. Each removes what is missing or has expired, which a server
 * that evicts keys could repeat for ever.
 */
const maxReadAttempts = 1_000;

/**
 * The log's data in Redis. Each operation belongs to an epoch, and the script refuses it once that
 * epoch has ended. As soon as one session finds another epoch, all sessions of the log are retired,
 * so that each reopens in the new one.
 */
export class Store {
  readonly #settings: RedisLogSettings;
  readonly #script: EpochScript;

  /** @param onWarning receives settings of the server that break promises. */
  constructor(settings: RedisLogSettings, onWarning: (warning: Error) => void) {
    const { durable } = settings;
    this.#settings = settings;
    this.#script = new EpochScript({ script, keysOf: (epoch) => this.#keysOf(epoch), durable, onWarning });
  }

  /** Returns the key of an epoch's stream. */
  streamKey(epoch: string): string {
    return `{${this.#settings.key}}:${epoch}:log`;
  }

  /** As {@link EpochScript.open}. */
  open(session: Session): Promise<EpochOffset> {
    return this.#script.open(session);
  }

  /** As {@link EpochScript.join}. */
  join(session: Session): void {
    this.#script.join(session);
  }

  /** As {@link EpochScript.see}. */
  see(position: EpochOffset): EpochOffset {
    return this.#script.see(position);
  }

  async append(
    opened: Opened<EpochOffset>,
    entry: NewLogEntry,
    { idempotencyKey, onRepeat }: AppendOptions,
  ): Promise<Position> {
    const { key, maxEvents, idempotencyWindow } = this.#settings;
    const { limits, age } = retentionOf(entry.channels, this.#settings);
    const tag = newTag(this.#settings.clock.random());
    const fields = encodeEntry(entry, limits, tag);
    const digest = idempotencyKey === undefined ? "" : digestEntry(entry);
    const bounds = [maxEvents, Math.min(tailLength, maxEvents || tailLength), age].map(String);
    const args = [...bounds, digest, String(idempotencyWindow), tag, ...fields];
    const { epoch } = opened.prepared;
    const keys = idempotencyKey === undefined ? [] : [`{${key}}:${epoch}:key:${idempotencyKey}`];
    const [status, detail, storedTag] = await this.#script
      .run(opened, "append", args, keys)
      .catch((error) => {
        throw appendFailure(error);
      });
    if (status === "conflict") throw idempotencyConflict();
    if (status === "refused") throw unavailable(new Error(String(detail)));
    if (status === "repeated") onRepeat?.();
    return formatPosition(this.#script.record(epoch, detail, storedTag));
  }

  /** Returns the position of the newest entry. Removes elements of other programs after it. */
  async head(opened: Opened<EpochOffset>): Promise<EpochOffset> {
    const [, head, tag] = await this.#script.run(opened, "head", []);
    return this.#script.record(opened.prepared.epoch, head, tag);
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
      const reply = await this.#script.run(opened, "read", args);
      if (reply[0] === "ok")
        return new Stretch(request, contentOf(reply, epoch, request.channels, otherStarts));
    }
    throw unavailable(new Error("entries are missing as fast as they are found to be"));
  }

  #keysOf(epoch: string): string[] {
    const prefix = `{${this.#settings.key}}:`;
    const names = ["evicted", "emptied", "index", "expiries"];
    return [`${prefix}meta`, this.streamKey(epoch), ...names.map((name) => `${prefix}${epoch}:${name}`)];
  }
}

/** Encodes the start of a read for the script. */
export function modeOf(start: ReadStart, epoch: string): [mode: string, value: string, tag: string] {
  if (typeof start !== "string") return ["last", String(start.last), ""];
  const from = parsePosition(start);
  return from?.epoch === epoch ? ["after", String(from.offset), from.tag ?? ""] : ["oldest", "0", ""];
}

/** Decodes the reply to a read. */
export function contentOf(
  [, scannedThrough, evictions, known, evictedChannels, knownStarts, elements, tagBefore]: Reply,
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
    ...(typeof tagBefore === "string" && tagBefore !== "" && { tagBeforeFirst: tagBefore }),
    scannedThrough: Number(scannedThrough),
    evictions: String(evictions),
    isKnown: known === 1,
    evictedChannels: new Set(evictedChannels as Channel[]),
    knownStarts: (knownStarts as number[]).map((index) => otherStarts[index - 1]!),
  };
}
