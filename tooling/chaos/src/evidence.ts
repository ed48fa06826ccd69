/** The position of an entry, from its id. */
export interface Position {
  /** The epoch of the log. */
  readonly epoch: string;
  readonly offset: bigint;
  /** Identifies the entry at the offset, where the id does. */
  readonly tag?: string | undefined;
}

/** A published event, with the outcome for its publisher. */
export interface Publish {
  /** The nonce in the event's data, unique in a run. */
  readonly nonce: string;
  /** The publisher. Its events were published one after the other. */
  readonly publisher: string;
  /** The channels that it is addressed to, as in the hub's log. */
  readonly channels: readonly string[];
  readonly outcome: Outcome;
  /**
   * Whether it was published again, with the same idempotency key, because the outcome was unknown.
   */
  readonly retried?: boolean;
}

/** The outcome of a publish: acknowledged with an id, certainly not stored, or unknown. */
export type Outcome =
  | { readonly kind: "stored"; readonly id: string }
  | { readonly kind: "rejected"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/** A block with an id that a client received. */
export type Frame =
  | { readonly kind: "event"; readonly id: string; readonly nonce: string }
  | {
      readonly kind: "gap";
      readonly id: string;
      readonly reason: string;
      readonly requested: string;
      /** The time when it was received, on the clock of {@link Evidence.removed}. */
      readonly at?: number;
    }
  /** `sse:live` or an id-only frame: everything that matches up to here has been sent. */
  | { readonly kind: "id"; readonly id: string };

/** One connection of a client. */
export interface Connection {
  /** The `Last-Event-ID` that the client sent. */
  readonly lastEventId: string | undefined;
  readonly frames: readonly Frame[];
}

/** Everything that one client received, on all its connections. */
export interface ClientRecord {
  readonly name: string;
  readonly channels: ReadonlySet<string>;
  readonly connections: readonly Connection[];
}

/** An entry that the engine holds at the end. */
export interface HeldEntry {
  readonly nonce: string;
  readonly offset: bigint;
  /** As in the ids. */
  readonly tag?: string | undefined;
}

/** An entry that was removed by hand. */
export interface RemovedEntry extends HeldEntry {
  /** A time before the removal. */
  readonly since: number;
}

/** The evidence of a run, for the judgment. */
export interface Evidence {
  readonly publishes: readonly Publish[];
  readonly clients: readonly ClientRecord[];
  /** The entries that the engine holds of the last epoch, in order. */
  readonly held: readonly HeldEntry[];
  /**
   * Everything that each server holds, the present one included, if the log was moved between
   * servers that have different entries. None of them loses anything.
   */
  readonly histories?: readonly (readonly HeldEntry[])[] | undefined;
  /**
   * The entries that were removed by hand in the last epoch, by their nonces. Of one whose publish
   * has an unknown outcome nothing else may show that it was held.
   */
  readonly removed?: ReadonlyMap<string, RemovedEntry>;
  /** Whether an entry that was removed explains a gap also for readers that do not follow it. */
  readonly coarseRemovals?: boolean | undefined;
  /** The last event, for everyone, published after the recovery. */
  readonly marker: string;
  /**
   * The maximum number of epochs: one, and one more for each time when the engine may have lost
   * data.
   */
  readonly maxEpochs: number;
  readonly positionOf: (id: string) => Position;
}

/** A promise that was broken. */
export interface Violation {
  readonly kind: /** A client did not receive an entry that it follows, and no gap covers it. */
    | "lost"
    /**
     * An event was received twice on one connection, or again after the id that the client had
     * sent; or was stored twice.
     */
    | "doubled"
    /** Out of the log's order. */
    | "reordered"
    /** A gap was reported where nothing was lost or removed. */
    | "false-gap"
    /** A gap reaches over an entry that is still held. */
    | "skipped"
    /** The log began a new epoch, or continued with other entries, and a client received no gap. */
    | "untold-epoch"
    /** The log began more epochs than its engine lost data. */
    | "false-epoch"
    /** An event that was not published, or was certainly not stored, was delivered or is held. */
    | "ghost"
    /** An event that was acknowledged or delivered in the last epoch is not held. */
    | "forgotten";
  readonly detail: string;
}
