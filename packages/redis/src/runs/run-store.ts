import {
  appendConflict,
  type EpochOffset,
  formatPosition,
  type LogPage,
  maxPageBytes,
  type NewRunEntry,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
  type RunAppendOptions,
  type RunChannel,
} from "@sse/hub/log";
import { encodeChannels, encodeContent, newTag } from "../entry.js";
import { EpochScript, type Reply } from "../epoch/epoch-script.js";
import { appendFailure, unavailable, unexpectedReply } from "../errors.js";
import type { Opened } from "../link.js";
import type { RedisLogSettings } from "../options.js";
import { contentOf, modeOf } from "../store.js";
import { Stretch } from "../stretch.js";
import { runScript } from "./run-script.js";

/** The data of the runs in Redis: an epoch of their own, and a stream for each run. */
export class RunStore {
  readonly script: EpochScript;
  readonly #prefix: string;
  readonly #random: () => number;

  constructor({ key, durable, clock }: RedisLogSettings) {
    this.#prefix = `{${key}}:runs`;
    this.#random = () => clock.random();
    this.script = new EpochScript({
      script: runScript,
      keysOf: (epoch) => this.#keysOf(epoch),
      durable,
      // The log itself reports the settings of the server.
      onWarning: () => {},
    });
  }

  /** Returns the key of the stream that is followed. */
  streamKey(epoch: string): string {
    return `${this.#prefix}:${epoch}:log`;
  }

  /** As {@link EpochScript.see}. */
  see(position: EpochOffset): EpochOffset {
    return this.script.see(position);
  }

  async head(opened: Opened<EpochOffset>): Promise<EpochOffset> {
    const [, head, tag] = await this.script.run(opened, "head", []);
    return this.script.record(opened.prepared.epoch, head, tag);
  }

  /** Stores entries after the run's newest one, all or none. */
  async append(
    opened: Opened<EpochOffset>,
    channel: RunChannel,
    entries: readonly NewRunEntry[],
    { after, ttl }: RunAppendOptions,
  ): Promise<readonly Position[]> {
    const { epoch } = opened.prepared;
    const last = after === "" ? { epoch, offset: 0 } : parsePosition(after);
    if (last?.epoch !== epoch) throw appendConflict();
    const tags = entries.map(() => newTag(this.#random()));
    const args = [channel, String(last.offset), last.tag ?? "", String(ttl)];
    for (const [i, entry] of entries.entries()) {
      const fields = [...encodeChannels([channel]), ...encodeContent(entry, tags[i]!)];
      args.push(String(fields.length), ...fields);
    }
    const [status, detail] = await this.script
      .run(opened, "append", args, [this.#runKey(epoch, channel)])
      .catch((error) => {
        throw appendFailure(error);
      });
    if (status === "conflict") throw appendConflict();
    if (status === "refused") throw unavailable(new Error(String(detail)));
    return tags.map((tag, i) => formatPosition(this.script.record(epoch, Number(detail) + i, tag)));
  }

  /** Reads a page of one run. */
  async read(opened: Opened<EpochOffset>, start: ReadStart, options: ReadOptions): Promise<LogPage> {
    const { epoch } = opened.prepared;
    const { through, limit, knownEvictions } = options;
    const maxBytes = Math.min(options.maxBytes ?? maxPageBytes, maxPageBytes);
    const end = parsePosition(through);
    if (end?.epoch !== epoch)
      throw unavailable(new Error(`the epoch of ${through}, the end of the page, has ended`));
    const [channel] = options.channels as ReadonlySet<RunChannel>;
    const args = [channel!, ...modeOf(start, epoch), String(end.offset), String(limit)];
    args.push(knownEvictions ?? "0", String(maxBytes));
    const reply = await this.script.run(opened, "read", args, [this.#runKey(epoch, channel!)]);
    const content = contentOf(withChannel(reply, channel!), epoch, options.channels, []);
    const request = { ...options, start, otherStarts: new Set<Position>(), maxBytes, knownEvictions };
    const page = new Stretch(request, content).answer(start, options);
    if (page === undefined) throw unexpectedReply();
    return page;
  }

  #runKey(epoch: string, channel: RunChannel): string {
    return `${this.#prefix}:${epoch}:${channel}`;
  }

  #keysOf(epoch: string): string[] {
    const names = ["evicted", "emptied", "held", "due"];
    return [
      `${this.#prefix}:meta`,
      this.streamKey(epoch),
      ...names.map((name) => `${this.#prefix}:${epoch}:${name}`),
    ];
  }
}

/** Returns the reply to a read with the channel in each entry, where the stream itself says it. */
function withChannel(
  [status, scanned, evictions, known, evicted, starts, elements, tagBefore]: Reply,
  channel: RunChannel,
): Reply {
  if (!Array.isArray(elements)) throw unexpectedReply();
  const field = encodeChannels([channel]);
  const complete = elements.map(([id, fields]: [unknown, unknown[]]) => [id, [...field, ...fields]]);
  return [status, scanned, evictions, known, evicted, starts, complete, tagBefore];
}
