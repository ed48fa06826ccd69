import type { EndState, RunState } from "@sse/core";
import type { FoundRun, RunEvent } from "./run.js";
import type { RunTerms, StoredEnd } from "./run-entry.js";

/** The requests that a found run passes on. */
export interface RunActions {
  readers(run: string): number;
  cancel(run: string, reason: string | undefined): Promise<EndState>;
  events(run: string): AsyncIterable<RunEvent>;
}

/** A run as it was when it was found. Only its readers are counted again. */
export class RunView implements FoundRun {
  readonly id: string;
  readonly state: RunState;
  readonly user: string | undefined;
  readonly reason: string | undefined;
  readonly data: unknown;
  readonly #actions: RunActions;

  constructor(id: string, { user }: RunTerms, end: StoredEnd | undefined, actions: RunActions) {
    this.id = id;
    this.state = end?.state ?? "running";
    this.user = user;
    this.reason = end?.reason;
    this.data = end?.data;
    this.#actions = actions;
  }

  get readers(): number {
    return this.#actions.readers(this.id);
  }

  cancel(reason?: string): Promise<EndState> {
    return this.#actions.cancel(this.id, reason);
  }

  events(): AsyncIterable<RunEvent> {
    return this.#actions.events(this.id);
  }
}
