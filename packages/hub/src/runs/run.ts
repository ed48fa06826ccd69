import type { EndState, RunState } from "@sse/core";
import type { Source } from "@sse/core/internal";
import type { HubEvent } from "../publish/publication.js";

/** An event of a run, as it is stored. */
export interface RunEvent {
  readonly id: string;
  /** Its name; `message` if it has none. */
  readonly event: string;
  /** Its serialized data. */
  readonly data: string;
}

/** A run as any instance of the hub sees it. */
export interface FoundRun {
  readonly id: string;
  readonly state: RunState;
  /** The user who may read it, if it has one. */
  readonly user: string | undefined;
  /** The number of its readers, on all instances. */
  readonly readers: number;
  /** The reason that was passed to its end. */
  readonly reason: string | undefined;
  /** The data that was passed to its end. */
  readonly data: unknown;
  /**
   * Reads the events that are stored by now, from the first one on.
   *
   * @throws {SseError} (as a rejection of its iterator) `log-unavailable`, `closed`.
   */
  events(): AsyncIterable<RunEvent>;
  /**
   * Cancels the run, unless it has ended: the signal of its producer aborts, on whichever instance
   * that is.
   *
   * @param reason is sent to the readers in `sse:end`.
   * @returns the state in which the run has ended.
   * @throws {SseError} (as a rejection) `log-unavailable`, `append-timeout`.
   */
  cancel(reason?: string): Promise<EndState>;
}

/**
 * A run: a stream of events that ends, and outlives its connections, its readers and, on an engine,
 * its process. One producer appends; any number of readers receive it from its beginning, through
 * `runStream`.
 */
export interface Run<Events extends object = Record<string, unknown>> {
  readonly id: string;
  readonly state: RunState;
  /** The user who may read it, if it has one. */
  readonly user: string | undefined;
  /** The number of its readers, on all instances. */
  readonly readers: number;
  /**
   * Aborts when nothing more is to be produced: the run was canceled, abandoned, declared lost or
   * taken over, has exceeded a bound, or the hub was closed. Pass it to whatever produces.
   */
  readonly signal: AbortSignal;
  /** Resolves to the state in which the run has ended, on any instance. Never rejects. */
  readonly ended: Promise<EndState>;
  /**
   * Reads the events that are stored by now, from the first one on: what a producer that has taken
   * the run over continues, or the whole answer once the run has ended.
   *
   * @throws {SseError} (as a rejection of its iterator) `log-unavailable`, `closed`.
   */
  events(): AsyncIterable<RunEvent>;
  /**
   * Appends an event and resolves to its id, once the log has stored it. The order is that of the
   * calls. A failure is reported as well, so that it need not be awaited; but only a producer that
   * awaits is slowed down to the speed of the log.
   *
   * @throws {SseError} (as a rejection) `run-ended`, which is not reported; `reserved`,
   * `invalid-field`, `invalid-event`, `unserializable`; `too-large` and `overloaded`, with which
   * the run fails.
   */
  append(event: HubEvent<Events>): Promise<string>;
  /**
   * Appends what a source yields, and then completes, or fails with the source's error, which is
   * reported. The source is read at the speed of the log, and is stopped when the signal aborts.
   *
   * @param toEvent returns the event for a chunk, or `undefined` for none. Default: a string is
   * data, and anything else is an event.
   * @returns the state in which the run has ended. It never rejects, so it need not be awaited.
   */
  pipe<Chunk>(
    source: Source<Chunk>,
    toEvent?: (chunk: Chunk) => HubEvent<Events> | undefined,
  ): Promise<EndState>;
  /**
   * Ends the run after everything that was appended. Of several ends, on whichever instance, the
   * first one counts.
   *
   * @param data is sent to the readers in `sse:end`.
   * @returns the state in which the run has ended.
   * @throws {SseError} (as a rejection, also reported) `unserializable`, `too-large`.
   */
  complete(data?: unknown): Promise<EndState>;
  /**
   * Ends it likewise, as `failed`.
   *
   * @param error is passed to the hook `runEnd`, and not sent.
   * @param data is sent to the readers in `sse:end`.
   */
  fail(error: unknown, data?: unknown): Promise<EndState>;
  /**
   * Ends it likewise, as `cancelled`, and aborts the signal at once.
   *
   * @param reason is sent to the readers in `sse:end`.
   */
  cancel(reason?: string): Promise<EndState>;
}
