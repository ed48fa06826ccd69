import type { LogEntry, LogFollower } from "@sse/hub/log";
import { decodeEntry, type StoredEntry } from "./entry.js";
import type { Link, Opened } from "./link.js";
import { type Place, positionOf } from "./position.js";
import { Loop, type LoopControl } from "./reconnect-loop.js";
import type { Store } from "./store.js";

/** Most entries in one reply. */
const batchSize = 256;

/** A follower, and the offset after which it begins as soon as that is known; `undefined` once it has begun. */
interface Following {
  readonly follower: LogFollower;
  begins: number | "not known" | undefined;
}

/**
 * Follows the log for all followers of a log object, by blocking reads on a connection of its own. After a break it goes on from its last place; where that
 * is not possible without a hole, the followers are reset.
 */
export class Tail {
  readonly #loop: Loop<Place>;
  readonly #store: Store;
  readonly #blocking: number;
  readonly #currentHead: () => Promise<Place>;
  readonly #followers = new Set<Following>();
  /** Everything up to here has been given; absent before following has begun. */
  #place: Place | undefined;

  /**
   * @param link makes a link for this alone.
   * @param blocking milliseconds that a read waits for entries.
   * @param currentHead asks for the head on another connection.
   */
  constructor(
    link: (onTrouble: (error: unknown) => void) => Link<Place>,
    store: Store,
    blocking: number,
    currentHead: () => Promise<Place>,
  ) {
    this.#store = store;
    this.#blocking = blocking;
    this.#currentHead = currentHead;
    this.#loop = new Loop(
      link((error) => this.#loop.trouble(error)),
      (opened, control) => this.#follow(opened, control),
      (error) => {
        for (const { follower } of [...this.#followers]) follower.error(error);
      },
    );
  }

  /** Begins to follow at the head of this moment. Returns a function that stops it. */
  add(follower: LogFollower): () => void {
    const following: Following = { follower, begins: "not known" };
    this.#followers.add(following);
    if (!this.#loop.start()) void this.#locate(following);
    return () => {
      this.#followers.delete(following);
      if (this.#followers.size > 0) return;
      this.#loop.stop();
      this.#place = undefined;
    };
  }

  close(): void {
    this.#followers.clear();
    this.#loop.close();
  }

  async #follow(opened: Opened<Place>, control: LoopControl): Promise<void> {
    const { session } = opened;
    // A read that waits for entries of an epoch that has ended would only delay the next one.
    void session.ended.then(() => session.destroy());
    this.#continue(opened.found);
    while (control.wanted && !session.over) {
      await this.#next(opened, control);
      control.well();
    }
  }

  /** Goes on from the last place, if that is in this epoch. */
  #continue(head: Place): void {
    if (this.#place?.epoch !== head.epoch) this.#reset(head);
    else this.#locateAll(head.offset);
  }

  async #next(opened: Opened<Place>, control: LoopControl): Promise<void> {
    if (await this.#read(opened, control, this.#blocking)) return;
    const head = await this.#store.head(opened);
    // What is no longer there cannot be given: the newest entries may have been too old.
    if (head.offset > this.#offset && !(await this.#read(opened, control, undefined))) this.#reset(head);
    this.#locateAll(head.offset);
  }

  /** Reads and gives what follows the last place. Answers whether there was anything. */
  async #read(
    { session, found }: Opened<Place>,
    control: LoopControl,
    blocking: number | undefined,
  ): Promise<boolean> {
    const stream = this.#store.streamKey(found.epoch);
    const args = ["COUNT", String(batchSize)];
    if (blocking !== undefined) args.push("BLOCK", String(blocking));
    args.push("STREAMS", stream, `${this.#offset}-0`);
    const reply = await session.send("XREAD", args, args.length - 2, blocking);
    const elements = elementsOf(reply);
    let batch: LogEntry[] = [];
    try {
      for (const element of elements) {
        if (!control.wanted) break;
        const { offset, entry } = this.#decode(element);
        if (entry === undefined) {
          // The epoch has ended.
          session.retire(new Error("the epoch has ended"));
          break;
        }
        if (offset !== this.#offset + batch.length + 1) {
          this.#give(batch);
          batch = [];
          this.#reset({ epoch: found.epoch, offset: offset - 1 });
        }
        batch.push(entry);
      }
    } finally {
      // Also what came before an entry that is none of ours.
      if (control.wanted) this.#give(batch);
    }
    return elements.length > 0;
  }

  get #offset(): number {
    return this.#place?.offset ?? 0;
  }

  #decode(element: unknown): StoredEntry {
    return decodeEntry(this.#place?.epoch ?? "", element);
  }

  #give(entries: readonly LogEntry[]): void {
    const { epoch } = this.#place ?? { epoch: "" };
    const before = this.#offset;
    const offset = before + entries.length;
    if (entries.length === 0) return;
    this.#place = this.#store.see({ epoch, offset });
    for (const following of [...this.#followers]) {
      const { follower, begins } = following;
      if (begins === undefined) follower.entries(entries);
      else if (begins !== "not known" && begins <= offset) {
        this.#begin(following, Math.max(begins, before));
        const rest = entries.slice(Math.max(begins, before) - before);
        if (rest.length > 0 && this.#followers.has(following)) follower.entries(rest);
      }
    }
  }

  /** Following begins again at a place. */
  #reset(place: Place): void {
    this.#place = place;
    for (const following of [...this.#followers]) this.#begin(following, place.offset);
  }

  #begin(following: Following, offset: number): void {
    const { epoch } = this.#place ?? { epoch: "" };
    following.begins = undefined;
    if (this.#followers.has(following)) following.follower.reset(positionOf({ epoch, offset }));
  }

  /** Finds out where a follower begins that came while others follow. If that fails, the next look at the head does it. */
  async #locate(following: Following): Promise<void> {
    const head = await this.#currentHead().catch(() => undefined);
    if (head !== undefined && head.epoch === this.#place?.epoch) this.#beginAfter(following, head.offset);
  }

  #locateAll(head: number): void {
    for (const following of [...this.#followers]) this.#beginAfter(following, head);
  }

  #beginAfter(following: Following, head: number): void {
    if (following.begins !== "not known") return;
    following.begins = head;
    if (this.#offset >= head) this.#begin(following, this.#offset);
  }
}

/** The elements of a reply of `XREAD` for one stream: `[[key, elements]]`, or null. */
function elementsOf(reply: unknown): readonly unknown[] {
  const stream: unknown = Array.isArray(reply) ? reply[0] : undefined;
  const elements: unknown = Array.isArray(stream) ? stream[1] : undefined;
  return Array.isArray(elements) ? elements : [];
}
