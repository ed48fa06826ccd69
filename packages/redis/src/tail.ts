import { type EpochOffset, formatTagged, type LogEntry, type LogFollower } from "@sse/hub/log";
import { decodeElement, type StoredElement } from "./entry.js";
import { epochEnded, foreignEntry, newerEntry } from "./errors.js";
import type { Link, Opened } from "./link.js";
import { type LoopControl, ReconnectLoop } from "./reconnect-loop.js";
import type { Store } from "./store.js";

/** The number of entries in the first reply of a session, and the maximum of later ones. */
const batchSize = { first: 4, max: 256 };

/**
 * The characters of the entries in one reply, roughly: it has to arrive within the time for a
 * command, also over a slow link, or it would be requested again for ever.
 */
const maxReplyLength = 1_000_000;

/** The data that a tail follows. */
export type FollowedStore = Pick<Store, "head" | "see" | "streamKey">;

type Stored<Kind> = Extract<StoredElement, { kind: Kind }>;
type StoredEntry = Stored<"entry">;

interface FollowerState {
  readonly follower: LogFollower;
  /**
   * The position after which following starts, once it is known; `undefined` once it has started.
   */
  startsAfter: EpochOffset | "unknown" | undefined;
}

/**
 * Follows the log for all followers of a log object, by blocking reads on a connection of its
 * own. After an outage it continues from its last position; if entries after it are missing, the
 * followers are reset.
 */
export class Tail {
  readonly #loop: ReconnectLoop<EpochOffset>;
  readonly #store: FollowedStore;
  readonly #blocking: number;
  readonly #currentHead: () => Promise<EpochOffset>;
  readonly #followers = new Set<FollowerState>();
  /** The kinds of errors that {@link report} has reported. */
  readonly #reported = new Set<string>();
  /** The followers have received everything up to here; absent before following has started. */
  #position: EpochOffset | undefined;
  /** The number of entries to request. */
  #batchSize = batchSize.first;

  /**
   * @param link makes the link of this tail.
   * @param blocking milliseconds for which a read waits for entries.
   * @param currentHead finds the head on another connection.
   */
  constructor(
    link: (onError: (error: unknown) => void) => Link<EpochOffset>,
    store: FollowedStore,
    blocking: number,
    currentHead: () => Promise<EpochOffset>,
  ) {
    this.#store = store;
    this.#blocking = blocking;
    this.#currentHead = currentHead;
    this.#loop = new ReconnectLoop(
      link((error) => this.#loop.reportError(error)),
      (opened, control) => this.#follow(opened, control),
      (error) => this.#notify(error),
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

  /** Reports an error to the followers, unless one of its kind was reported before. */
  report(kind: string, error: Error): void {
    if (this.#followers.size === 0 || this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.#notify(error);
  }

  close(): void {
    this.#followers.clear();
    this.#loop.close();
  }

  async #follow(opened: Opened<EpochOffset>, control: LoopControl): Promise<void> {
    const { session } = opened;
    // A read that waits for entries of an epoch that has ended would only delay the next one.
    void session.ended.then(() => session.destroy());
    this.#batchSize = batchSize.first;
    this.#continue(opened.prepared);
    while (control.active && !session.over) {
      await this.#next(opened, control);
      control.markHealthy();
    }
  }

  /** Continues from the last position, if that is in this epoch. */
  #continue(head: EpochOffset): void {
    if (this.#position?.epoch !== head.epoch) this.#reset(head);
    else this.#locateAll(head);
  }

  async #next(opened: Opened<EpochOffset>, control: LoopControl): Promise<void> {
    if (await this.#read(opened, control, this.#blocking)) return;
    const head = await this.#store.head(opened);
    if (!control.active) return;
    // The newest entries may have expired.
    const isBehind = head.offset > this.#offset && !(await this.#read(opened, control, undefined));
    if (!control.active) return;
    if (isBehind) this.#reset(head);
    this.#locateAll(head);
  }

  /**
   * Reads and delivers the entries after the last position. Returns whether there were any, or the
   * epoch has ended.
   */
  async #read(
    { session, prepared }: Opened<EpochOffset>,
    control: LoopControl,
    blocking: number | undefined,
  ): Promise<boolean> {
    const args = ["COUNT", String(this.#batchSize)];
    if (blocking !== undefined) args.push("BLOCK", String(blocking));
    args.push("STREAMS", this.#store.streamKey(prepared.epoch), `${this.#offset}-0`);
    const elements = elementsOf(await session.send("XREAD", args, args.length - 2, blocking));
    const { runs, stop, foreign } = decodeRuns(prepared.epoch, elements);
    this.#batchSize = nextBatchSize(this.#batchSize, elements);
    for (const run of runs) if (control.active) this.#deliver(run);
    if (foreign !== undefined) this.report("foreign entry", foreignEntry(foreign.id));
    if (stop?.kind === "newer") throw newerEntry(stop.version);
    if (stop?.kind === "end") session.retire(epochEnded());
    return runs.length > 0 || stop !== undefined;
  }

  #notify(error: unknown): void {
    for (const { follower } of [...this.#followers]) follower.error(error);
  }

  get #offset(): number {
    return this.#position?.offset ?? 0;
  }

  /**
   * Delivers entries without a hole between them. A hole before the first one resets the followers.
   */
  #deliver(run: readonly StoredEntry[]): void {
    const [first, last] = [run[0]!.position, run.at(-1)!.position];
    if (first.offset - 1 !== this.#offset) this.#reset({ epoch: first.epoch, offset: first.offset - 1 });
    const before = this.#position ?? { epoch: first.epoch, offset: 0 };
    this.#position = this.#store.see(last);
    const entries = run.map(({ entry }) => entry);
    for (const state of [...this.#followers]) this.#deliverTo(state, entries, before);
  }

  /** @param before the position before the first of the entries. */
  #deliverTo(state: FollowerState, entries: readonly LogEntry[], before: EpochOffset): void {
    const { follower, startsAfter } = state;
    if (startsAfter === undefined) follower.entries(entries);
    else if (startsAfter !== "unknown" && startsAfter.offset <= before.offset + entries.length) {
      const start = startsAfter.offset > before.offset ? startsAfter : before;
      this.#start(state, start);
      const rest = entries.slice(start.offset - before.offset);
      if (rest.length > 0 && this.#followers.has(state)) follower.entries(rest);
    }
  }

  /** Following starts again after a position. */
  #reset(position: EpochOffset): void {
    this.#position = position;
    for (const state of [...this.#followers]) this.#start(state, position);
  }

  #start(state: FollowerState, position: EpochOffset): void {
    state.startsAfter = undefined;
    const { epoch, offset, tag } = position;
    if (this.#followers.has(state)) state.follower.reset(formatTagged(epoch, offset, tag));
  }

  /**
   * Finds the start of a follower that was added while others follow. If that fails, the next check
   * of the head does it.
   */
  async #locate(state: FollowerState): Promise<void> {
    const head = await this.#currentHead().catch(() => undefined);
    if (head !== undefined && head.epoch === this.#position?.epoch) this.#startAfter(state, head);
  }

  #locateAll(head: EpochOffset): void {
    for (const state of [...this.#followers]) this.#startAfter(state, head);
  }

  #startAfter(state: FollowerState, head: EpochOffset): void {
    if (state.startsAfter !== "unknown") return;
    state.startsAfter = head;
    if (this.#position !== undefined && this.#offset >= head.offset) this.#start(state, this.#position);
  }
}

/** Returns the number of entries to request after a reply: twice as many, if they are small. */
function nextBatchSize(size: number, elements: readonly unknown[]): number {
  const fields = elements.flatMap((element) => (Array.isArray(element) ? element : [])).flat();
  const length = fields.reduce((sum: number, field) => sum + String(field).length, 0);
  const average = Math.max(1, length / Math.max(1, elements.length));
  return Math.max(1, Math.min(2 * size, batchSize.max, Math.floor(maxReplyLength / average)));
}

/** Returns the elements in a reply of `XREAD` for one stream: `[[key, elements]]`, or null. */
function elementsOf(reply: unknown): readonly unknown[] {
  const stream: unknown = Array.isArray(reply) ? reply[0] : undefined;
  const elements: unknown = Array.isArray(stream) ? stream[1] : undefined;
  return Array.isArray(elements) ? elements : [];
}

/**
 * Decodes elements as runs of entries without a hole, up to the first element that ends following.
 */
function decodeRuns(
  epoch: string,
  elements: readonly unknown[],
): { runs: StoredEntry[][]; stop?: Stored<"end" | "newer">; foreign?: Stored<"foreign"> } {
  const runs: StoredEntry[][] = [];
  const found: { foreign?: Stored<"foreign"> } = {};
  let next = -1;
  for (const element of elements) {
    const stored = decodeElement(epoch, element);
    if (stored.kind === "end" || stored.kind === "newer") return { runs, ...found, stop: stored };
    if (stored.kind === "foreign") found.foreign = stored;
    else {
      if (stored.position.offset === next) runs.at(-1)!.push(stored);
      else runs.push([stored]);
      next = stored.position.offset + 1;
    }
  }
  return { runs, ...found };
}
