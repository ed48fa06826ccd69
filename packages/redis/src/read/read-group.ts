import {
  type Channel,
  type EpochOffset,
  type LogPage,
  maxPageBytes,
  type Position,
  parsePosition,
  type ReadOptions,
  type ReadStart,
} from "@sse/hub/log";
import type { StretchRequest } from "../stretch.js";

/**
 * The number of channels, and of starts, beyond which no further reader joins: each costs the
 * script a look-up.
 */
const maxJoined = 256;

/** A read of one reader. */
export interface PendingRead {
  readonly start: ReadStart;
  /** The start as a position, if it is one. */
  readonly from: EpochOffset | undefined;
  readonly options: ReadOptions;
  readonly resolve: (page: LogPage) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it waited for a read that did not answer it. From then on it reads by itself. */
  isAlone: boolean;
}

/** The reads that one call of the script answers: the first, and those that join it. */
export class ReadGroup {
  readonly first: PendingRead;
  readonly joined: PendingRead[] = [];
  readonly #channels: Set<Channel>;
  readonly #otherStarts = new Set<Position>();

  constructor(first: PendingRead) {
    this.first = first;
    this.#channels = new Set(first.options.channels);
  }

  /**
   * The request for all of them. It has no more members from here on but those that it answers as
   * it is.
   */
  request(): StretchRequest {
    const { start, options } = this.first;
    const { through, limit, maxBytes = maxPageBytes, knownEvictions } = options;
    return {
      start,
      otherStarts: this.#otherStarts,
      channels: this.#channels,
      through,
      limit,
      maxBytes: this.joined.length > 0 ? maxPageBytes : Math.min(maxBytes, maxPageBytes),
      knownEvictions,
    };
  }

  /** Adds a read, with its channels and its start, if it is of about the same stretch. */
  add(read: PendingRead): boolean {
    if (!this.#isClose(read)) return false;
    const missing = [...read.options.channels].filter((channel) => !this.#channels.has(channel));
    if (this.#channels.size + missing.length > maxJoined) return false;
    if (!this.#hasStart(read.start)) {
      if (this.#otherStarts.size === maxJoined) return false;
      this.#otherStarts.add(read.start as Position);
    }
    for (const channel of missing) this.#channels.add(channel);
    this.joined.push(read);
    return true;
  }

  /** Adds a read that the request answers as it is. */
  addLate(read: PendingRead): boolean {
    if (!this.#isClose(read) || !this.#hasStart(read.start)) return false;
    for (const channel of read.options.channels) if (!this.#channels.has(channel)) return false;
    this.joined.push(read);
    return true;
  }

  #isClose({ start, from, options, isAlone }: PendingRead): boolean {
    if (isAlone || typeof start !== "string") return false;
    if (start !== this.first.start && !this.#isWithin(from)) return false;
    return Number(options.knownEvictions ?? 0) >= Number(this.first.options.knownEvictions ?? 0);
  }

  #isWithin(from: EpochOffset | undefined): boolean {
    const { from: first, options } = this.first;
    if (from === undefined || first === undefined || from.epoch !== first.epoch) return false;
    return from.offset >= first.offset && from.offset < first.offset + options.limit;
  }

  #hasStart(start: ReadStart): boolean {
    return start === this.first.start || (typeof start === "string" && this.#otherStarts.has(start));
  }
}

/** Makes a read, with a copy of the reader's channels: it may change them while it waits. */
export function pendingRead(
  start: ReadStart,
  options: ReadOptions,
  resolve: (page: LogPage) => void,
  reject: (error: unknown) => void,
): PendingRead {
  const from = typeof start === "string" ? parsePosition(start) : undefined;
  const own = { ...options, channels: new Set(options.channels) };
  return { start, from, options: own, resolve, reject, isAlone: false };
}
