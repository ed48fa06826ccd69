/** Where an entry stands, as its id says. */
export interface Place {
  /** Which life of the log (its epoch). */
  readonly life: string;
  readonly offset: bigint;
}

/** One event that was published, and how that ended for the publisher. */
export interface Publish {
  /** In the event's data; no two events have the same. */
  readonly nonce: string;
  /** Who published. Those of one publisher were published one after the other. */
  readonly publisher: string;
  /** Whom it is for, as the hub's log names them. */
  readonly channels: readonly string[];
  readonly outcome: Outcome;
  /** Whether it was published again, with the same idempotency key, because nobody knew how it had ended. */
  readonly retried?: boolean;
}

/** How a publish ended: acknowledged with an id; certainly not stored; nobody knows. */
export type Outcome =
  | { readonly kind: "stored"; readonly id: string }
  | { readonly kind: "rejected"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/** What a client got that carries an id. */
export type Frame =
  | { readonly kind: "event"; readonly id: string; readonly nonce: string }
  | { readonly kind: "gap"; readonly id: string; readonly reason: string; readonly requested: string }
  /** `sse:live` or an id-only frame: everything that matches up to here has been sent. */
  | { readonly kind: "id"; readonly id: string };

/** One connection of a client. */
export interface Connection {
  /** The `Last-Event-ID` that the client showed. */
  readonly lastEventId: string | undefined;
  readonly frames: readonly Frame[];
}

/** Everything that one client got, on all its connections. */
export interface ClientRecord {
  readonly name: string;
  readonly channels: ReadonlySet<string>;
  readonly connections: readonly Connection[];
}

/** An entry that the engine holds in the end. */
export interface HeldEntry {
  readonly nonce: string;
  readonly offset: bigint;
}

/** What a run leaves to judge. */
export interface Evidence {
  readonly publishes: readonly Publish[];
  readonly clients: readonly ClientRecord[];
  /** What the engine holds of the log's last life, in its order. */
  readonly held: readonly HeldEntry[];
  /** The last event, for everyone, published when all was well again. */
  readonly marker: string;
  /** How many lives the log may have had: one, and one more for each time the engine may have lost data. */
  readonly mostLives: number;
  readonly placeOf: (id: string) => Place;
}

/** A promise that was broken. */
export interface Violation {
  readonly kind: /** An entry that a client should have got did not come, and no gap covers it. */
    | "lost"
    /** An event came twice on one connection, or again after an id that a client had shown; or was stored twice. */
    | "doubled"
    /** Out of the log's order. */
    | "reordered"
    /** A gap was told where nothing was lost. */
    | "false-gap"
    /** A gap reaches over an entry that is still held. */
    | "skipped"
    /** The log began a new life, and a client was not told. */
    | "untold-life"
    /** The log began more lives than its engine had. */
    | "false-life"
    /** An event that was not published, or was certainly not stored, was delivered or is held. */
    | "ghost"
    /** An event that was acknowledged or delivered in the last life is not held. */
    | "forgotten";
  readonly detail: string;
}
