import { type EpochOffset, formatPosition, type LogEntry, type LogFollower } from "@sse/hub/log";
import { decodeEntry, type StoredEntry } from "./entry.js";
import { epochEnded } from "./errors.js";
import type { Link, Opened } from "./link.js";
import { type LoopControl, ReconnectLoop } from "./reconnect-loop.js";
import type { Store } from "./store.js";

/** Maximum number of entries in one reply. */
const batchSize = 256;

interface FollowerState {
  readonly follower: LogFollower;
  /** The offset after which following starts, once it is known; `undefined` once it has started. */
  startsAfter: number | "unknown" | undefined;
}

/**
 * Follows the log for all followers of a log object, by blocking reads on a connection of its
 * own. After an outage it continues from its last position; if entries after it are missing, the
 * followers are reset.
 */
export class Tail {
  readonly #loop: ReconnectLoop<EpochOffset>;
  readonly #store: Store;
  readonly #blocking: number;
  readonly #currentHead: () => Promise<EpochOffset>;
  readonly #followers = new Set<FollowerState>();
  /** The followers have received everything up to here; absent before following has started. */
  #position: EpochOffset | undefined;

  /**
   * @param link makes the link of this tail.
   * @param blocking milliseconds for which a read waits for entries.
   * @param currentHead finds the head on another connection.
   */
  constructor(
    link: (onError: (error: unknown) => void) => Link<EpochOffset>,
    store: Store,
    blocking: number,
    currentHead: () => Promise<EpochOffset>,
  ) {
    this.#store = store;
    this.#blocking = blocking;
    this.#currentHead = currentHead;
    this.#loop = new ReconnectLoop(
      link((error) => this.#loop.reportError(error)),
      (opened, control) => this.#follow(opened, control),
      (error) => {
        for (const { follower } of [...this.#followers]) follower.error(error);
      },
    );
  }

  /** Adds a follower that starts at the present head. Returns a function that removes it. */
  add(follower: LogFollower): () => void {
    const state: FollowerState = { follower, startsAfter: "unknown" };
    this.#followers.add(state);
    if (!this.#loop.start()) void this.#locate(state);
    return () => {
      this.#followers.delete(state);
      if (this.#followers.size > 0) return;
      this.#loop.stop();
      this.#position = undefined;
    };
  }

  close(): void {
    this.#followers.clear();
    this.#loop.close();
  }

  async #follow(opened: Opened<EpochOffset>, control: LoopControl): Promise<void> {
    const { session } = opened;
    // A read that waits for entries of an epoch that has ended would only delay the next one.
    void session.ended.then(() => session.destroy());
    this.#continue(opened.prepared);
    while (control.active && !session.over) {
      await this.#next(opened, control);
      control.markHealthy();
    }
  }

  /** Continues from the last position, if that is in this epoch. */
  #continue(head: EpochOffset): void {
    if (this.#position?.epoch !== head.epoch) this.#reset(head);
    else this.#locateAll(head.offset);
  }

  async #next(opened: Opened<EpochOffset>, control: LoopControl): Promise<void> {
    if (await this.#read(opened, control, this.#blocking)) return;
    const head = await this.#store.head(opened);
    // The newest entries may have expired.
    if (head.offset > this.#offset && !(await this.#read(opened, control, undefined))) this.#reset(head);
    this.#locateAll(head.offset);
  }

  /** Reads and delivers the entries after the last position. Returns whether there were any. */
  async #read(
    { session, prepared }: Opened<EpochOffset>,
    control: LoopControl,
    blocking: number | undefined,
  ): Promise<boolean> {
    const stream = this.#store.streamKey(prepared.epoch);
    const args = ["COUNT", String(batchSize)];
    if (blocking !== undefined) args.push("BLOCK", String(blocking));
    args.push("STREAMS", stream, `${this.#offset}-0`);
    const reply = await session.send("XREAD", args, args.length - 2, blocking);
    const elements = elementsOf(reply);
    let batch: LogEntry[] = [];
    try {
      for (const element of elements) {
        if (!control.active) break;
        const { offset, entry } = this.#decode(element);
        if (entry === undefined) {
          // The epoch has ended.
          session.retire(epochEnded());
          break;
        }
        if (offset !== this.#offset + batch.length + 1) {
          this.#deliver(batch);
          batch = [];
          this.#reset({ epoch: prepared.epoch, offset: offset - 1 });
        }
        batch.push(entry);
      }
    } finally {
      // Also the entries before one that this package did not write.
      if (control.active) this.#deliver(batch);
    }
    return elements.length > 0;
  }

  get #offset(): number {
    return this.#position?.offset ?? 0;
  }

  #decode(element: unknown): StoredEntry {
    return decodeEntry(this.#position?.epoch ?? "", element);
  }

  #deliver(entries: readonly LogEntry[]): void {
    const { epoch } = this.#position ?? { epoch: "" };
    const before = this.#offset;
    const offset = before + entries.length;
    if (entries.length === 0) return;
    this.#position = this.#store.see({ epoch, offset });
    for (const state of [...this.#followers]) this.#deliverTo(state, entries, before);
  }

  /** @param before the offset before the first of the entries. */
  #deliverTo(state: FollowerState, entries: readonly LogEntry[], before: number): void {
    const { follower, startsAfter } = state;
    if (startsAfter === undefined) follower.entries(entries);
    else if (startsAfter !== "unknown" && startsAfter <= before + entries.length) {
      const start = Math.max(startsAfter, before);
      this.#start(state, start);
      const rest = entries.slice(start - before);
      if (rest.length > 0 && this.#followers.has(state)) follower.entries(rest);
    }
  }

  /** Following starts again after a position. */
  #reset(position: EpochOffset): void {
    this.#position = position;
    for (const state of [...this.#followers]) this.#start(state, position.offset);
  }

  #start(state: FollowerState, offset: number): void {
    const { epoch } = this.#position ?? { epoch: "" };
    state.startsAfter = undefined;
    if (this.#followers.has(state)) state.follower.reset(formatPosition({ epoch, offset }));
  }

  /**
   * Finds the start of a follower that was added while others follow. If that fails, the next check
   * of the head does it.
   */
  async #locate(state: FollowerState): Promise<void> {
    const head = await this.#currentHead().catch(() => undefined);
    if (head !== undefined && head.epoch === this.#position?.epoch) this.#startAfter(state, head.offset);
  }

  #locateAll(head: number): void {
    for (const state of [...this.#followers]) this.#startAfter(state, head);
  }

  #startAfter(state: FollowerState, head: number): void {
    if (state.startsAfter !== "unknown") return;
    state.startsAfter = head;
    if (this.#offset >= head) this.#start(state, this.#offset);
  }
}

/** Returns the elements in a reply of `XREAD` for one stream: `[[key, elements]]`, or null. */
function elementsOf(reply: unknown): readonly unknown[] {
  const stream: unknown = Array.isArray(reply) ? reply[0] : undefined;
  const elements: unknown = Array.isArray(stream) ? stream[1] : undefined;
  return Array.isArray(elements) ? elements : [];
}
