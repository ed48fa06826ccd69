import type { Evidence, Frame, Position, Violation } from "./evidence.js";

/** An entry that the log is known to have had. */
export interface KnownEntry {
  readonly nonce: string;
  readonly offset: bigint;
  readonly channels: readonly string[];
}

/** Every epoch of the log, reconstructed from the acknowledged, delivered and held entries. */
export interface Ledger {
  /** The entries of each epoch, in order. */
  readonly epochs: ReadonlyMap<string, readonly KnownEntry[]>;
  /** The position of the last event. */
  readonly end: Position;
  /**
   * Events that may be in an epoch twice: their publishers retried in another epoch, and
   * idempotency keys end with the epoch, while what the engine kept of the first attempt is in the
   * next epoch, too.
   */
  readonly repeatable: ReadonlySet<string>;
  readonly violations: readonly Violation[];
}

/** Reconstructs the log's entries. Contradictions are violations. */
export function reconstruct(evidence: Evidence): Ledger {
  const { publishes, held, removed, marker, maxEpochs, positionOf } = evidence;
  const violations: Violation[] = [];
  const published = new Map(publishes.map((publish) => [publish.nonce, publish]));
  const last = published.get(marker)?.outcome;
  if (last?.kind !== "stored") throw new Error("the last event was not acknowledged");
  const end = positionOf(last.id);
  const epochs = new Map<string, Map<bigint, string>>();

  function note({ epoch, offset }: Position, nonce: string): void {
    const entries = epochs.get(epoch) ?? new Map<bigint, string>();
    epochs.set(epoch, entries);
    const other = entries.get(offset);
    if (other !== undefined && other !== nonce)
      violations.push({
        kind: "doubled",
        detail: `${epoch}/${offset} is the id of ${other} and of ${nonce}`,
      });
    entries.set(offset, nonce);
  }

  for (const { nonce, outcome } of publishes)
    if (outcome.kind === "stored") note(positionOf(outcome.id), nonce);
  for (const { id, nonce } of delivered(evidence)) note(positionOf(id), nonce);
  const known = new Map(epochs.get(end.epoch));
  for (const { offset, nonce } of held) note({ epoch: end.epoch, offset }, nonce);

  const retried = publishes.filter((publish) => publish.retried).map(({ nonce }) => nonce);
  const repeatable = new Set(epochs.size > 1 ? retried : []);
  const offsetsHeld = new Set(held.map(({ offset }) => offset));
  for (const [offset, nonce] of known) {
    if (!offsetsHeld.has(offset) && !removed?.has(nonce))
      violations.push({ kind: "forgotten", detail: `${nonce} at ${end.epoch}/${offset} is not held` });
  }
  if (epochs.size > maxEpochs) {
    const detail = `the log had ${epochs.size} epochs, at most ${maxEpochs} can be explained: ${[...epochs.keys()].join(", ")}`;
    violations.push({ kind: "false-epoch", detail });
  }
  for (const [epoch, entries] of epochs) {
    for (const nonce of repeated([...entries.values()]))
      if (!repeatable.has(nonce))
        violations.push({ kind: "doubled", detail: `${nonce} is stored twice in ${epoch}` });
    for (const nonce of new Set(entries.values())) {
      const outcome = published.get(nonce)?.outcome;
      if (outcome === undefined || outcome.kind === "rejected")
        violations.push({
          kind: "ghost",
          detail: `${nonce} is in ${epoch}, but was ${outcome === undefined ? "never published" : `rejected (${outcome.why})`}`,
        });
    }
  }
  const sorted = [...epochs].map(([epoch, entries]) => [epoch, inOrder(entries)] as const);
  return { epochs: new Map(sorted), end, repeatable, violations };

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
