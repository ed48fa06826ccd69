import type { Branch, KnownEntry } from "./branch.js";
import type { ClientRecord, Evidence, Frame, Position, Violation } from "./evidence.js";
import { branchesWith, type Ledger, reconstruct } from "./ledger.js";

/**
 * Judges a run by the published events, the deliveries to each client, and the entries that the
 * engine holds at the end. Without violations every promise was kept.
 */
export function judge(evidence: Evidence): Violation[] {
  const ledger = reconstruct(evidence);
  return [
    ...ledger.violations,
    ...acknowledgedOutOfOrder(evidence, ledger),
    ...evidence.clients.flatMap((client) => new Walk(client, ledger, evidence).judge()),
  ];
}

/** Checks that the events of each publisher are in the order in which they were published. */
function acknowledgedOutOfOrder({ publishes, positionOf }: Evidence, ledger: Ledger): Violation[] {
  const latest = new Map<string, Position>();
  const violations: Violation[] = [];
  for (const { publisher, nonce, outcome } of publishes) {
    if (outcome.kind !== "stored") continue;
    const position = positionOf(outcome.id);
    const before = latest.get(publisher);
    const isEarlier = before?.epoch === position.epoch && before.offset >= position.offset;
    if (isEarlier && branchesWith(ledger, before, position).length > 0)
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
  readonly #violations: Violation[] = [];
  /** The client has received everything up to here, or received a gap. */
  #cursor: Position | undefined;
  /** The entries received on this connection in the present epoch. */
  #seen = new Set<string>();
  /** The time of the last gap on this connection. It covers what was removed before it. */
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(client: ClientRecord, ledger: Ledger, evidence: Evidence) {
    this.#client = client;
    this.#evidence = evidence;
    this.#ledger = ledger;
  }

  judge(): readonly Violation[] {
    for (const { lastEventId, frames } of this.#client.connections) {
      this.#cursor = lastEventId === undefined ? undefined : this.#evidence.positionOf(lastEventId);
      this.#seen = new Set();
      this.#toldAt = Number.NEGATIVE_INFINITY;
      for (const frame of frames) this.#check(frame);
    }
    this.#advance(this.#ledger.end, "the end");
    return this.#violations;
  }

  #check(frame: Frame): void {
    const position = this.#evidence.positionOf(frame.id);
    if (frame.kind === "gap") this.#gap(frame, position);
    else if (frame.kind === "id") this.#advance(position, frame.id);
    else this.#event(frame.nonce, position, frame.id);
  }

  #event(nonce: string, position: Position, id: string): void {
    const channels = this.#ledger.channels.get(nonce);
    if (channels !== undefined && !this.#follows({ channels }))
      this.#report("ghost", `${nonce} is for others`);
    if (this.#seen.has(nonce) && !this.#ledger.repeatable.has(nonce))
      this.#report("doubled", `${nonce} was received twice on one connection`);
    else if (this.#cursor?.epoch === position.epoch && position.offset <= this.#cursor.offset)
      this.#report(
        "reordered",
        `${nonce} (${id}) was received after ${this.#cursor.epoch}/${this.#cursor.offset}`,
      );
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
    const branches = branchesWith(this.#ledger, from, position);
    if (branches.length === 0)
      this.#report("untold-epoch", `${to} is not on the server that had ${from.epoch}/${from.offset}`);
    // An id may be on several servers: the client is on the one that fits best.
    const [missing = []] = branches
      .map((branch) => this.#missing(branch, from, position))
      .sort((a, b) => a.length - b.length);
    for (const { nonce, offset } of missing)
      this.#report("lost", `${nonce} (${position.epoch}/${offset}) was not received before ${to}`);
  }

  #missing(branch: Branch, from: Position, position: Position): KnownEntry[] {
    return this.#wanted(branch, from.offset, position.offset).filter(
      ({ nonce }) => !this.#seen.has(nonce) && !this.#isRemoved(nonce, this.#toldAt),
    );
  }

  #gap(frame: Frame & { kind: "gap" }, position: Position): void {
    const from = this.#cursor;
    const { id, at = Number.NEGATIVE_INFINITY } = frame;
    this.#cursor = position;
    this.#toldAt = at;
    if (from === undefined || (from.epoch === position.epoch && !this.#isRewritten(from))) {
      this.#gapInEpoch(frame, from, position);
      return;
    }
    this.#seen = new Set();
    const { end } = this.#ledger;
    if (position.epoch !== end.epoch) return;
    const [branch] = branchesWith(this.#ledger, end, position);
    if (branch === undefined) return;
    for (const { nonce, offset } of this.#wanted(branch, -1n, position.offset))
      this.#report("skipped", `${nonce} (${position.epoch}/${offset}) before ${id}`);
  }

  /** Checks that a gap within an epoch covers removed entries, and those only. */
  #gapInEpoch(
    { reason, requested, id }: Frame & { kind: "gap" },
    from: Position | undefined,
    position: Position,
  ): void {
    const [branch] = branchesWith(this.#ledger, position);
    const wanted = branch === undefined ? [] : this.#wanted(branch);
    const explaining = this.#evidence.coarseRemovals ? (branch?.entries ?? []) : wanted;
    const isExplained = explaining.some(
      ({ nonce, offset }) =>
        from !== undefined && offset > from.offset && this.#isRemoved(nonce, this.#toldAt),
    );
    if (from === undefined || !isExplained) {
      this.#report("false-gap", `${reason} at ${id}, asked for ${requested}: nothing after it was removed`);
      return;
    }
    if (position.offset < from.offset)
      this.#report("reordered", `the gap at ${id} is before ${from.epoch}/${from.offset}`);
    for (const { nonce, offset } of this.#wanted(branch!, from.offset, position.offset))
      if (!this.#isRemoved(nonce, this.#toldAt))
        this.#report("skipped", `${nonce} (${position.epoch}/${offset}) before ${id}`);
  }

  /** Whether an entry was removed by hand before a time. */
  #isRemoved(nonce: string, before: number): boolean {
    return (this.#evidence.removed?.get(nonce)?.since ?? Number.POSITIVE_INFINITY) <= before;
  }

  /** Whether a position is on some of the servers only. */
  #isRewritten(position: Position): boolean {
    const branches = this.#ledger.epochs.get(position.epoch) ?? [];
    return branches.some((branch) => !branch.contains(position));
  }

  /** Returns the entries of a branch that the client should receive. */
  #wanted(branch: Branch, after = -1n, through: bigint | undefined = branch.entries.at(-1)?.offset) {
    return branch.within(after, through ?? after).filter((entry) => this.#follows(entry));
  }

  #follows({ channels }: Pick<KnownEntry, "channels">): boolean {
    return channels.some((channel) => this.#client.channels.has(channel));
  }

  #report(kind: Violation["kind"], detail: string): void {
    this.#violations.push({ kind, detail: `${this.#client.name}: ${detail}` });
  }
}
