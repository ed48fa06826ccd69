import type { ClientRecord, Evidence, Frame, Place, Violation } from "./evidence.js";
import { type KnownEntry, type Ledger, reconstruct } from "./ledger.js";

/** Judges a run by what was published, what every client got, and what the engine holds in the end. No violation: every promise was kept. */
export function judge(evidence: Evidence): Violation[] {
  const ledger = reconstruct(evidence);
  return [
    ...ledger.violations,
    ...acknowledgedOutOfOrder(evidence),
    ...evidence.clients.flatMap((client) => new Walk(client, ledger, evidence).judge()),
  ];
}

/** What one publisher published one after the other stands in that order. */
function acknowledgedOutOfOrder({ publishes, placeOf }: Evidence): Violation[] {
  const latest = new Map<string, Place>();
  const violations: Violation[] = [];
  for (const { publisher, nonce, outcome } of publishes) {
    if (outcome.kind !== "stored") continue;
    const place = placeOf(outcome.id);
    const before = latest.get(publisher);
    if (before?.life === place.life && before.offset >= place.offset)
      violations.push({
        kind: "reordered",
        detail: `${nonce} of ${publisher} stands before what was acknowledged earlier`,
      });
    latest.set(publisher, place);
  }
  return violations;
}

/** Goes through everything that a client got, with the log's entries beside it. */
class Walk {
  readonly #client: ClientRecord;
  readonly #evidence: Evidence;
  readonly #ledger: Ledger;
  /** The entries that the client should get, by life. */
  readonly #wanted: ReadonlyMap<string, readonly KnownEntry[]>;
  readonly #violations: Violation[] = [];
  /** Up to here the client has everything, or was told what is missing. */
  #cursor: Place | undefined;
  /** What came on this connection since the log began its life. */
  #seen = new Set<string>();

  constructor(client: ClientRecord, ledger: Ledger, evidence: Evidence) {
    this.#client = client;
    this.#evidence = evidence;
    this.#ledger = ledger;
    const lives = [...ledger.lives].map(
      ([life, entries]) => [life, entries.filter((entry) => this.#follows(entry))] as const,
    );
    this.#wanted = new Map(lives);
  }

  judge(): readonly Violation[] {
    for (const { lastEventId, frames } of this.#client.connections) {
      this.#cursor = lastEventId === undefined ? undefined : this.#evidence.placeOf(lastEventId);
      this.#seen = new Set();
      for (const frame of frames) this.#take(frame);
    }
    this.#advance(this.#ledger.end, "the end");
    return this.#violations;
  }

  #take(frame: Frame): void {
    const place = this.#evidence.placeOf(frame.id);
    if (frame.kind === "gap") this.#gap(frame, place);
    else if (frame.kind === "id") this.#advance(place, frame.id);
    else this.#event(frame.nonce, place, frame.id);
  }

  #event(nonce: string, place: Place, id: string): void {
    const [known] = within(this.#ledger.lives.get(place.life), place.offset - 1n, place.offset);
    if (known !== undefined && !this.#follows(known)) this.#report("ghost", `${nonce} is for others`);
    if (this.#seen.has(nonce) && !this.#ledger.repeatable.has(nonce))
      this.#report("doubled", `${nonce} came twice on one connection`);
    else if (this.#cursor?.life === place.life && place.offset <= this.#cursor.offset)
      this.#report("reordered", `${nonce} (${id}) came after ${this.#cursor.life}/${this.#cursor.offset}`);
    this.#seen.add(nonce);
    this.#advance(place, id);
  }

  /** Everything that the client wants up to `place` must have come; what came itself is at `place`. */
  #advance(place: Place, to: string): void {
    const from = this.#cursor;
    this.#cursor = place;
    if (from === undefined) return;
    if (from.life !== place.life) {
      this.#report("untold-life", `${to} follows an id of ${from.life}`);
      return;
    }
    if (place.offset < from.offset) this.#report("reordered", `${to} is before ${from.life}/${from.offset}`);
    for (const { nonce, offset } of within(this.#wanted.get(place.life), from.offset, place.offset))
      if (!this.#seen.has(nonce))
        this.#report("lost", `${nonce} (${place.life}/${offset}) did not come before ${to}`);
  }

  #gap({ reason, requested, id }: Frame & { kind: "gap" }, place: Place): void {
    const from = this.#cursor;
    this.#cursor = place;
    if (from === undefined || from.life === place.life) {
      this.#report("false-gap", `${reason} at ${id}, asked for ${requested}: this life has lost nothing`);
      return;
    }
    this.#seen = new Set();
    if (place.life !== this.#ledger.end.life) return;
    for (const { nonce, offset } of within(this.#wanted.get(place.life), -1n, place.offset))
      this.#report("skipped", `${nonce} (${place.life}/${offset}) before ${id}`);
  }

  #follows({ channels }: KnownEntry): boolean {
    return channels.some((channel) => this.#client.channels.has(channel));
  }

  #report(kind: Violation["kind"], detail: string): void {
    this.#violations.push({ kind, detail: `${this.#client.name}: ${detail}` });
  }
}

/** The entries after one offset, up to another and with it. */
function within(entries: readonly KnownEntry[] = [], after: bigint, through: bigint): readonly KnownEntry[] {
  return entries.slice(countThrough(entries, after), countThrough(entries, through));
}

/** How many of the entries, which are in order, are at an offset or before it. */
function countThrough(entries: readonly KnownEntry[], offset: bigint): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
