/** The state in which a reader is told that a run has ended. */
export type EndState = "complete" | "failed" | "cancelled" | "lost";

/** A block that a viewer received. */
export type RunFrame =
  | { readonly kind: "token"; readonly n: number; readonly text: string }
  | { readonly kind: "end"; readonly state: EndState }
  | { readonly kind: "other"; readonly event: string };

/** One load of a viewer's page: what it received on all its connections, from an empty text on. */
export interface Load {
  readonly viewer: string;
  readonly frames: readonly RunFrame[];
  /** The statuses of the responses that were no streams. */
  readonly statuses: readonly number[];
  /** Whether the viewer left it before its end. */
  readonly wasLeft: boolean;
}

/** Everything that is known about one run. */
export interface RunEvidence {
  readonly run: string;
  /** The tokens of the whole answer. */
  readonly answer: readonly string[];
  /** The number of times that the model was called for a new run, and to go on with a lost one. */
  readonly calls: number;
  readonly resumptions: number;
  /** The number of requests to take it over, of which any may have succeeded without a response. */
  readonly takeovers: number;
  /** The number of responses that said that the run was started. */
  readonly starts: number;
  /** The number of tokens that were acknowledged to a producer. */
  readonly stored: number;
  /** The state that the response to a cancel named; `undefined` if the run was not canceled. */
  readonly cancelResult: EndState | undefined;
  /** Whether a producer went on after the end, in a process that was not killed. */
  readonly isUnstopped: boolean;
  readonly loads: readonly Load[];
  /** A load from the beginning, after everything else. */
  readonly final: Load;
  /** The status of a last request with the id of the end. */
  readonly statusAtEnd: number;
}

/** A promise that was broken. */
export interface RunViolation {
  readonly kind:
    | "wrong-text"
    | "lost-token"
    | "doubled"
    | "short"
    | "unended"
    | "two-ends"
    | "disagreement"
    | "forgotten"
    | "called-twice"
    | "not-cancelled"
    | "unstopped"
    | "unfound"
    | "foreign"
    | "not-closed";
  readonly detail: string;
}
