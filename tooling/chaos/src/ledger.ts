import { Branch, type History, type KnownEntry } from "./branch.js";
import type { Evidence, Frame, Position, Publish, Violation } from "./evidence.js";

/** Every epoch of the log, reconstructed from the acknowledged, delivered and held entries. */
export interface Ledger {
  /** The entries of each epoch, on each server where it was. */
  readonly epochs: ReadonlyMap<string, readonly Branch[]>;
  /** The channels of each published event, by its nonce. */
  readonly channels: ReadonlyMap<string, readonly string[]>;
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

/** Returns the branches of an epoch that contain all of these positions of it. */
export function branchesWith(ledger: Pick<Ledger, "epochs">, ...positions: readonly Position[]): Branch[] {
  const branches = ledger.epochs.get(positions[0]!.epoch) ?? [new Branch([], undefined)];
  return branches.filter((branch) => positions.every((position) => branch.contains(position)));
}

/** The nonces at each offset of an epoch: one, unless servers went on differently. */
type Nonces = ReadonlyMap<bigint, ReadonlySet<string>>;

/** The {@link Nonces} of each epoch, while they are collected. */
class Notes extends Map<string, Map<bigint, Set<string>>> {
  add({ epoch, offset }: Position, nonce: string): void {
    const nonces = this.get(epoch) ?? new Map<bigint, Set<string>>();
    this.set(epoch, nonces.set(offset, (nonces.get(offset) ?? new Set()).add(nonce)));
  }
}

/** Reconstructs the log's entries. Contradictions are violations. */
export function reconstruct(evidence: Evidence): Ledger {
  const { publishes, held, histories, removed, marker, positionOf } = evidence;
  const last = publishes.find(({ nonce }) => nonce === marker)?.outcome;
  if (last?.kind !== "stored") throw new Error("the last event was not acknowledged");
  const end = positionOf(last.id);
  const shown = shownEntries(evidence);
  const all = shownEntries(evidence);
  for (const { offset, nonce } of [...held, ...(removed?.values() ?? [])])
    all.add({ epoch: end.epoch, offset }, nonce);

  const channels = new Map(publishes.map((publish) => [publish.nonce, publish.channels]));
  const stored = histories?.map((entries) => new Map(entries.map((entry) => [entry.offset, entry])));
  const epochs = new Map([...all].map(([epoch, nonces]) => [epoch, branchesOf(nonces, channels, stored)]));
  const retried = publishes.filter((publish) => publish.retried).map(({ nonce }) => nonce);
  const repeatable = new Set(epochs.size > 1 ? retried : []);
  const violations = [
    ...forgotten(evidence, shown, end.epoch),
    ...falseEpochs(evidence, [...epochs.keys()]),
    ...[...epochs].flatMap(([epoch, branches]) => branches.flatMap((one) => doubled(epoch, one, repeatable))),
    ...ghosts(publishes, all),
  ];
  return { epochs, channels, end, repeatable, violations };
}

/** Returns what was acknowledged or delivered in each epoch. */
function shownEntries({ publishes, clients, positionOf }: Evidence): Notes {
  const shown = new Notes();
  for (const { nonce, outcome } of publishes)
    if (outcome.kind === "stored") shown.add(positionOf(outcome.id), nonce);
  for (const { id, nonce } of delivered(clients)) shown.add(positionOf(id), nonce);
  return shown;
}

function branchesOf(
  nonces: Nonces,
  channels: ReadonlyMap<string, readonly string[]>,
  histories: readonly History[] = [],
): readonly Branch[] {
  const entries: KnownEntry[] = [...nonces]
    .flatMap(([offset, at]) =>
      [...at].map((nonce) => ({ offset, nonce, channels: channels.get(nonce) ?? [] })),
    )
    .sort((a, b) => (a.offset < b.offset ? -1 : 1));
  const branches = histories
    .map((history) => new Branch(entries, history))
    .filter((branch) => branch.entries.length > 0);
  return branches.length === 0 ? [new Branch(entries, undefined)] : branches;
}

/** Finds what was acknowledged or delivered, and is held no longer. */
function forgotten(
  { held, histories, removed }: Evidence,
  shown: ReadonlyMap<string, Nonces>,
  lastEpoch: string,
): Violation[] {
  const kept = (histories ?? [held]).map(
    (entries) => new Set(entries.map(({ offset, nonce }) => `${offset} ${nonce}`)),
  );
  return [...shown]
    .filter(([epoch]) => histories !== undefined || epoch === lastEpoch)
    .flatMap(([epoch, nonces]) =>
      [...nonces].flatMap(([offset, at]) =>
        [...at]
          .filter((nonce) => !removed?.has(nonce) && !kept.some((one) => one.has(`${offset} ${nonce}`)))
          .map(
            (nonce) => ({ kind: "forgotten", detail: `${nonce} at ${epoch}/${offset} is not held` }) as const,
          ),
      ),
    );
}

function falseEpochs({ maxEpochs }: Evidence, epochs: readonly string[]): Violation[] {
  if (epochs.length <= maxEpochs) return [];
  const detail = `the log had ${epochs.length} epochs, at most ${maxEpochs} can be explained: ${epochs.join(", ")}`;
  return [{ kind: "false-epoch", detail }];
}

function doubled(epoch: string, { entries }: Branch, repeatable: ReadonlySet<string>): Violation[] {
  const sameOffset = entries.filter(({ offset }, index) => entries[index - 1]?.offset === offset);
  return [
    ...sameOffset.map(({ offset, nonce }) => ({
      kind: "doubled" as const,
      detail: `${epoch}/${offset} is the id of ${nonce} and of another event`,
    })),
    ...[...repeated(entries.map(({ nonce }) => nonce))]
      .filter((nonce) => !repeatable.has(nonce))
      .map((nonce) => ({ kind: "doubled" as const, detail: `${nonce} is stored twice in ${epoch}` })),
  ];
}

function ghosts(publishes: readonly Publish[], epochs: ReadonlyMap<string, Nonces>): Violation[] {
  const outcomes = new Map(publishes.map(({ nonce, outcome }) => [nonce, outcome]));
  return [...epochs].flatMap(([epoch, nonces]) =>
    [...new Set([...nonces.values()].flatMap((at) => [...at]))].flatMap((nonce) => {
      const outcome = outcomes.get(nonce);
      if (outcome !== undefined && outcome.kind !== "rejected") return [];
      const why = outcome === undefined ? "never published" : `rejected (${outcome.why})`;
      return [{ kind: "ghost" as const, detail: `${nonce} is in ${epoch}, but was ${why}` }];
    }),
  );
}

function delivered(clients: Evidence["clients"]): (Frame & { kind: "event" })[] {
  return clients.flatMap(({ connections }) =>
    connections.flatMap(({ frames }) => frames.filter((frame) => frame.kind === "event")),
  );
}

function repeated(nonces: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(nonces.filter((nonce) => seen.size === seen.add(nonce).size));
}
