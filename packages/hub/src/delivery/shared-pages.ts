import { encodeUtf8 } from "@sse/core/internal";
import type { Channel } from "../log/channel.js";
import type { LogEntry } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { Frame } from "./frame.js";

/** Entries that several readers receive, joined once for all of them. */
export interface SharedPage {
  readonly bytes: Uint8Array;
  /** The number of entries. */
  readonly length: number;
  /** The last entry's position; `undefined` without entries. */
  readonly lastId: Position | undefined;
}

/** The entries between two positions of the window. */
interface Stretch {
  /** The channels that have entries in it. */
  readonly channels: ReadonlySet<Channel>;
  /** By those of its channels that a reader follows. */
  readonly pages: Map<string, SharedPage>;
}

/** The number of entries below which a page is joined sooner than found. */
const minLength = 8;

/** The number of stretches that are remembered. A storm of reconnects needs one at a time. */
const maxStretches = 16;

/** Bytes of all pages, and characters of their keys, together; beyond it all are forgotten. */
const maxBytes = 1024 * 1024;

/**
 * Shares the pages of readers that catch up from the same position, as clients do that were cut off
 * together: they are matched and joined once, and not for each reader.
 */
export class SharedPages {
  /** By its ends. `undefined` for one that a single reader has asked for. */
  readonly #stretches = new Map<string, Stretch | undefined>();
  #bytes = 0;

  /**
   * Returns what a reader of the channels receives of the entries, if another reader has asked for
   * the same entries before; `undefined` where each has to match them by itself.
   *
   * @param frames all entries of the window after `position`.
   */
  find(
    position: Position,
    frames: readonly Frame<LogEntry>[],
    channels: ReadonlySet<Channel>,
  ): SharedPage | undefined {
    if (frames.length < minLength) return undefined;
    const key = `${position} ${frames.at(-1)!.event.position}`;
    const isKnown = this.#stretches.has(key);
    const stretch = isKnown ? (this.#stretches.get(key) ?? stretchOf(frames)) : undefined;
    this.#remember(key, stretch);
    if (stretch === undefined) return undefined;
    const followed = [...stretch.channels].filter((channel) => channels.has(channel));
    return this.#pageOf(stretch, frames, followed);
  }

  #pageOf({ pages }: Stretch, frames: readonly Frame<LogEntry>[], followed: readonly Channel[]): SharedPage {
    const key = JSON.stringify(followed);
    let page = pages.get(key);
    if (page === undefined) {
      page = joined(
        frames.filter(({ event }) => event.channels.some((channel) => followed.includes(channel))),
      );
      pages.set(key, page);
      this.#bytes += key.length + page.bytes.byteLength;
      if (this.#bytes > maxBytes) this.#forgetAll();
    }
    return page;
  }

  /** Keeps the stretches that were asked for last. */
  #remember(key: string, stretch: Stretch | undefined): void {
    this.#stretches.delete(key);
    this.#stretches.set(key, stretch);
    const [oldest] = this.#stretches.keys();
    if (this.#stretches.size > maxStretches) this.#forget(oldest!);
  }

  #forget(key: string): void {
    for (const [page, { bytes }] of this.#stretches.get(key)?.pages ?? [])
      this.#bytes -= page.length + bytes.byteLength;
    this.#stretches.delete(key);
  }

  #forgetAll(): void {
    this.#stretches.clear();
    this.#bytes = 0;
  }
}

function stretchOf(frames: readonly Frame<LogEntry>[]): Stretch | undefined {
  // Each reader matches what is not for all who follow the channel.
  if (frames.some(({ event, role }) => event.except !== undefined || role !== "event")) return undefined;
  return { channels: new Set(frames.flatMap(({ event }) => event.channels)), pages: new Map() };
}

function joined(frames: readonly Frame<LogEntry>[]): SharedPage {
  return {
    bytes: encodeUtf8(frames.map(({ text }) => text).join("")),
    length: frames.length,
    lastId: frames.at(-1)?.event.position,
  };
}
