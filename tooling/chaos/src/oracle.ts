import type { ClientRecord, Evidence, Frame, Position, Violation } from "./evidence.js";
import { type KnownEntry, type Ledger, reconstruct } from "./ledger.js";

/**
 * Judges a run by the published events, the deliveries to each client, and the entries that the
 * engine holds at the end. Without violations every promise was kept.
 */
export function judge(evidence: Evidence): Violation[] {
  const ledger = reconstruct(evidence);
  return [
    ...ledger.violations,
    ...acknowledgedOutOfOrder(evidence),
    ...evidence.clients.flatMap((client) => new Walk(client, ledger, evidence).judge()),
  ];
}

/** Checks that the events of each publisher are in the order in which they were published. */
function acknowledgedOutOfOrder({ publishes, positionOf }: Evidence): Violation[] {
  const latest = new Map<string, Position>();
  const violations: Violation[] = [];
  for (const { publisher, nonce, outcome } of publishes) {
    if (outcome.kind !== "stored") continue;
    const position = positionOf(outcome.id);
    const before = latest.get(publisher);
    if (before?.epoch === position.epoch && before.offset >= position.offset)
      violations.push({
        kind: "reordered",
        detail: `${nonce} of ${publisher} stands before what was acknowledged earlier`,
      });
    latest.set(publisher, position);
  }
  return violations;
}

/** Compares everything that a client received with the log's entries. */
class Walk {
  readonly #client: ClientRecord;
  readonly #evidence: Evidence;
  readonly #ledger: Ledger;
  /** The entries that the client should receive, by epoch. */
  readonly #wanted: ReadonlyMap<string, readonly KnownEntry[]>;
  readonly #violations: Violation[] = [];
  /** The client has received everything up to here, or was told of a gap. */
  #cursor: Position | undefined;
  /** The entries received on this connection in the present epoch. */
  #seen = new Set<string>();
  /** The time of the last gap on this connection. It covers what was removed before it. */
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(client: ClientRecord, ledger: Ledger, evidence: Evidence) {
    this.#client = client;
    this.#evidence = evidence;
    this.#ledger = ledger;
    const epochs = [...ledger.epochs].map(
      ([epoch, entries]) => [epoch, entries.filter((entry) => this.#follows(entry))] as const,
    );
    this.#wanted = new Map(epochs);
  }

  judge(): readonly Violation[] {
    for (const { lastEventId, frames } of this.#client.connections) {
      this.#cursor = lastEventId === undefined ? undefined : this.#evidence.positionOf(lastEventId);
      this.#seen = new Set();
      this.#toldAt = Number.NEGATIVE_INFINITY;
      for (const frame of frames) this.#take(frame);
    }
    this.#advance(this.#ledger.end, "the end");
    return this.#violations;
  }

  #take(frame: Frame): void {
    const position = this.#evidence.positionOf(frame.id);
    if (frame.kind === "gap") this.#gap(frame, position);
    else if (frame.kind === "id") this.#advance(position, frame.id);
    else this.#event(frame.nonce, position, frame.id);
  }

  #event(nonce: string, position: Position, id: string): void {
    const [known] = within(this.#ledger.epochs.get(position.epoch), position.offset - 1n, position.offset);
    if (known !== undefined && !this.#follows(known)) this.#report("ghost", `${nonce} is for others`);
    if (this.#seen.has(nonce) && !this.#ledger.repeatable.has(nonce))
      this.#report("doubled", `${nonce} came twice on one connection`);
    else if (this.#cursor?.epoch === position.epoch && position.offset <= this.#cursor.offset)
      this.#report("reordered", `${nonce} (${id}) came after ${this.#cursor.epoch}/${this.#cursor.offset}`);
    this.#seen.add(nonce);
    this.#advance(position, id);
  }

  /**
   * Checks that the client has received all its entries up to `position`, the position of the block
   * itself.
   */
  #advance(position: Position, to: string): void {
    const from = this.#cursor;
    this.#cursor = position;
    if (from === undefined) return;
    if (from.epoch !== position.epoch) {
      this.#report("untold-epoch", `${to} follows an id of ${from.epoch}`);
      return;
    }
    if (position.offset < from.offset)
      this.#report("reordered", `${to} is before ${from.epoch}/${from.offset}`);
    for (const { nonce, offset } of within(this.#wanted.get(position.epoch), from.offset, position.offset))
      if (!this.#seen.has(nonce) && !this.#isRemoved(nonce, this.#toldAt))
        this.#report("lost", `${nonce} (${position.epoch}/${offset}) did not come before ${to}`);
  }

  #gap(frame: Frame & { kind: "gap" }, position: Position): void {
    const from = this.#cursor;
    const { id, at = Number.NEGATIVE_INFINITY } = frame;
    this.#cursor = position;
    this.#toldAt = at;
    if (from === undefined || from.epoch === position.epoch) {
      this.#gapInEpoch(frame, from, position);
      return;
    }
    this.#seen = new Set();
    if (position.epoch !== this.#ledger.end.epoch) return;
    for (const { nonce, offset } of within(this.#wanted.get(position.epoch), -1n, position.offset))
      this.#report("skipped", `${nonce} (${position.epoch}/${offset}) before ${id}`);
  }

  /** Checks that a gap within an epoch covers removed entries, and those only. */
  #gapInEpoch(
    { reason, requested, id }: Frame & { kind: "gap" },
    from: Position | undefined,
    position: Position,
  ): void {
    const wanted = this.#wanted.get(position.epoch) ?? [];
    const isExplained = wanted.some(
      ({ nonce, offset }) =>
        from !== undefined && offset > from.offset && this.#isRemoved(nonce, this.#toldAt),
    );
    if (from === undefined || !isExplained) {
      this.#report("false-gap", `${reason} at ${id}, asked for ${requested}: nothing after it was removed`);
      return;
    }
    if (position.offset < from.offset)
      this.#report("reordered", `the gap at ${id} is before ${from.epoch}/${from.offset}`);
    for (const { nonce, offset } of within(wanted, from.offset, position.offset))
      if (!this.#isRemoved(nonce, this.#toldAt))
        this.#report("skipped", `${nonce} (${position.epoch}/${offset}) before ${id}`);
  }

  /** Whether an entry was removed by hand before a time. */
  #isRemoved(nonce: string, before: number): boolean {
    return (this.#evidence.removed?.get(nonce) ?? Number.POSITIVE_INFINITY) <= before;
  }

  #follows({ channels }: KnownEntry): boolean {
    return channels.some((channel) => this.#client.channels.has(channel));
  }

  #report(kind: Violation["kind"], detail: string): void {
    this.#violations.push({ kind, detail: `${this.#client.name}: ${detail}` });
  }
}

/** Returns the entries after one offset, up to and including another. */
function within(entries: readonly KnownEntry[] = [], after: bigint, through: bigint): readonly KnownEntry[] {
  return entries.slice(countThrough(entries, after), countThrough(entries, through));
}

/** Counts the entries, which are in order, at or before an offset. */
function countThrough(entries: readonly KnownEntry[], offset: bigint): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
