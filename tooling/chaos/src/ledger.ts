import type { Evidence, Frame, Place, Violation } from "./evidence.js";

/** An entry of the log that is known to have been there. */
export interface KnownEntry {
  readonly nonce: string;
  readonly offset: bigint;
  readonly channels: readonly string[];
}

/** Every life of the log, put together from what was acknowledged, delivered and is held. */
export interface Ledger {
  /** The entries of each life, in order. */
  readonly lives: ReadonlyMap<string, readonly KnownEntry[]>;
  /** Where the last event stands. */
  readonly end: Place;
  /**
   * Events that may be in a life twice: their publishers tried again in another life of the log, and idempotency keys end with the life, while what the
   * engine kept of the first attempt is in the next life, too.
   */
  readonly repeatable: ReadonlySet<string>;
  readonly violations: readonly Violation[];
}

/** Puts together what was in the log; what contradicts itself there is a violation already. */
export function reconstruct(evidence: Evidence): Ledger {
  const { publishes, held, marker, mostLives, placeOf } = evidence;
  const violations: Violation[] = [];
  const published = new Map(publishes.map((publish) => [publish.nonce, publish]));
  const last = published.get(marker)?.outcome;
  if (last?.kind !== "stored") throw new Error("the last event was not acknowledged");
  const end = placeOf(last.id);
  const lives = new Map<string, Map<bigint, string>>();

  function note({ life, offset }: Place, nonce: string): void {
    const entries = lives.get(life) ?? new Map<bigint, string>();
    lives.set(life, entries);
    const other = entries.get(offset);
    if (other !== undefined && other !== nonce)
      violations.push({ kind: "doubled", detail: `${life}/${offset} is the id of ${other} and of ${nonce}` });
    entries.set(offset, nonce);
  }

  for (const { nonce, outcome } of publishes) if (outcome.kind === "stored") note(placeOf(outcome.id), nonce);
  for (const { id, nonce } of delivered(evidence)) note(placeOf(id), nonce);
  const known = new Map(lives.get(end.life));
  for (const { offset, nonce } of held) note({ life: end.life, offset }, nonce);

  const retried = publishes.filter((publish) => publish.retried).map(({ nonce }) => nonce);
  const repeatable = new Set(lives.size > 1 ? retried : []);
  const offsetsHeld = new Set(held.map(({ offset }) => offset));
  for (const [offset, nonce] of known) {
    if (!offsetsHeld.has(offset))
      violations.push({ kind: "forgotten", detail: `${nonce} at ${end.life}/${offset} is not held` });
  }
  if (lives.size > mostLives) {
    const detail = `the log had ${lives.size} lives, at most ${mostLives} can be explained: ${[...lives.keys()].join(", ")}`;
    violations.push({ kind: "false-life", detail });
  }
  for (const [life, entries] of lives) {
    for (const nonce of repeated([...entries.values()]))
      if (!repeatable.has(nonce))
        violations.push({ kind: "doubled", detail: `${nonce} is stored twice in ${life}` });
    for (const nonce of new Set(entries.values())) {
      const outcome = published.get(nonce)?.outcome;
      if (outcome === undefined || outcome.kind === "rejected")
        violations.push({
          kind: "ghost",
          detail: `${nonce} is in ${life}, but was ${outcome === undefined ? "never published" : `rejected (${outcome.why})`}`,
        });
    }
  }
  const sorted = [...lives].map(([life, entries]) => [life, inOrder(entries)] as const);
  return { lives: new Map(sorted), end, repeatable, violations };

  function inOrder(entries: ReadonlyMap<bigint, string>): KnownEntry[] {
    return [...entries]
      .map(([offset, nonce]) => ({ offset, nonce, channels: published.get(nonce)?.channels ?? [] }))
      .sort((a, b) => (a.offset < b.offset ? -1 : 1));
  }
}

function delivered({ clients }: Evidence): (Frame & { kind: "event" })[] {
  return clients.flatMap(({ connections }) =>
    connections.flatMap(({ frames }) => frames.filter((frame) => frame.kind === "event")),
  );
}

function repeated(nonces: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(nonces.filter((nonce) => seen.size === seen.add(nonce).size));
}
