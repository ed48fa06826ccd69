import { type EndInfo, type EndState, isSseError, type RunState, type SseError } from "@sse/core";
import type { Source } from "@sse/core/internal";
import type { LogEntry, NewRunEntry } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { PublishedEvent } from "../publish/publication.js";
import { AbortablePuller } from "./abortable-puller.js";
import { runEnded, runOverloaded, runTooLarge } from "./errors.js";
import type { Run, RunEvent } from "./run.js";
import { endOf, type RunTerms, startOf } from "./run-entry.js";
import { addTo, type RunSize } from "./run-history.js";
import type { RunWriter } from "./run-writer.js";

/** The parts of a hub that a run needs. */
export interface LocalRunContext {
  readonly writer: RunWriter;
  readonly terms: RunTerms;
  /** Identifies the entries with which this producer starts and ends the run. */
  readonly token: string;
  /** The size of the events that earlier producers have appended. */
  readonly size: RunSize;
  /** Checks and serializes an event. A promise only for an asynchronous schema. */
  readonly prepare: (event: PublishedEvent) => NewRunEntry | Promise<NewRunEntry>;
  /** Checks and serializes an end. */
  readonly prepareEnd: (end: EndInfo, token: string) => NewRunEntry;
  /** Returns the number of readers, on all instances. */
  readonly readers: () => number;
  readonly events: () => AsyncIterable<RunEvent>;
  readonly appended: () => void;
  /**
   * Called once, when the run is over for this producer.
   *
   * @param isOwn whether this producer has ended it.
   */
  readonly settled: (end: EndInfo, error: unknown, isOwn: boolean) => void;
  readonly report: (error: unknown) => void;
}

/** A run whose producer is in this process. */
// Over 25 members: the public interface, and the steps of an end, over one state.
export class LocalRun implements Run {
  readonly id: string;
  readonly ended: Promise<EndState>;
  readonly #context: LocalRunContext;
  readonly #abort = new AbortController();
  readonly #size: RunSize;
  /** The last event that waits for its schema: what follows waits for it. */
  #preparing: Promise<unknown> | undefined;
  /** Present once an end has begun: nothing is appended any more. */
  #ending: Promise<EndState> | undefined;
  #end: EndInfo | undefined;
  #resolveEnded: (state: EndState) => void = () => {};

  constructor(id: string, context: LocalRunContext) {
    this.id = id;
    this.#context = context;
    this.#size = { ...context.size };
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    context.writer.onOvertaken = (entry) => this.#overtaken(entry);
  }

  get state(): RunState {
    return this.#end?.state ?? "running";
  }

  get terms(): RunTerms {
    return this.#context.terms;
  }

  get user(): string | undefined {
    return this.terms.user;
  }

  /** The position of its newest entry, as far as it is known. */
  get newest(): Position {
    return this.#context.writer.newest;
  }

  get readers(): number {
    return this.#context.readers();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  events(): AsyncIterable<RunEvent> {
    return this.#context.events();
  }

  append(event: PublishedEvent): Promise<string> {
    const id = this.#append(event);
    id.catch((error: unknown) => {
      if (!isSseError(error) || error.code !== "run-ended") this.#context.report(error);
    });
    return id;
  }

  async pipe<Chunk>(
    source: Source<Chunk>,
    toEvent: (chunk: Chunk) => PublishedEvent | undefined = defaultEvent,
  ): Promise<EndState> {
    try {
      await this.#appendAll(source, toEvent);
    } catch (error) {
      if (this.#ending === undefined) {
        this.#context.report(error);
        void this.fail(error);
      }
    }
    return this.ended;
  }

  complete(data?: unknown): Promise<EndState> {
    return this.#endWith({ state: "complete", ...(data !== undefined && { data }) });
  }

  fail(error: unknown, data?: unknown): Promise<EndState> {
    return this.#endWith({ state: "failed", ...(data !== undefined && { data }) }, error);
  }

  cancel(reason?: string): Promise<EndState> {
    return this.#stopWith({ state: "cancelled", ...(reason !== undefined && { reason }) });
  }

  /** Ends it as lost, because its process is about to end. */
  lose(): Promise<EndState> {
    return this.#stopWith({ state: "lost" });
  }

  /** Stops without an end: nothing more is written. */
  stop(error: SseError): void {
    this.#context.writer.stop(error);
  }

  /** Receives an entry that has started or ended the run, by whichever instance. */
  receive(entry: LogEntry): void {
    const token = (startOf(entry) ?? endOf(entry))?.token;
    if (token !== this.#context.token) this.#context.writer.stop(this.#overtaken(entry));
  }

  /** Receives, after a break, that the run has ended, was taken over or is no longer held. */
  review(end: EndInfo | undefined): void {
    this.#context.writer.stop(this.#overtakenBy(end ?? { state: "lost" }));
  }

  async #appendAll<Chunk>(
    source: Source<Chunk>,
    toEvent: (chunk: Chunk) => PublishedEvent | undefined,
  ): Promise<void> {
    const puller = new AbortablePuller(source, this.signal);
    try {
      for (;;) {
        const next = await puller.next();
        if (next === undefined || this.#ending !== undefined) return;
        if (next.done) break;
        const event = toEvent(next.value);
        if (event !== undefined) await this.#append(event);
      }
    } finally {
      puller.stop();
    }
    void this.complete();
  }

  async #append(event: PublishedEvent): Promise<string> {
    if (this.#ending !== undefined) throw this.#endedError();
    const prepared = this.#prepare(event);
    // An end that began meanwhile waits for this event.
    const entry = prepared instanceof Promise ? await prepared : prepared;
    this.#count(entry);
    const id = await this.#context.writer.append(entry);
    this.#context.appended();
    return id;
  }

  #prepare(event: PublishedEvent): NewRunEntry | Promise<NewRunEntry> {
    const { prepare } = this.#context;
    const before = this.#preparing;
    const prepared = before === undefined ? prepare(event) : before.then(() => prepare(event));
    if (!(prepared instanceof Promise)) return prepared;
    this.#preparing = prepared.then(ignore, ignore);
    return prepared;
  }

  /**
   * Counts an event. Fails the run if its bounds are exceeded, or too many events wait for the log.
   */
  #count(entry: NewRunEntry): void {
    const { terms, writer } = this.#context;
    const size = this.#size;
    addTo(size, entry);
    if (size.events > terms.maxEvents) throw this.#failWith(runTooLarge("maxEvents", terms.maxEvents));
    if (size.bytes > terms.maxBytes) throw this.#failWith(runTooLarge("maxBytes", terms.maxBytes));
    if (writer.isFull) throw this.#failWith(runOverloaded(writer.waiting));
  }

  #failWith(error: SseError): SseError {
    void this.#stopWith({ state: "failed", reason: error.code }, error);
    return error;
  }

  /** Ends the run whatever its source does, which the signal stops. */
  #stopWith(end: EndInfo, error?: unknown): Promise<EndState> {
    return this.#endWith(end, error, () => this.#abort.abort(runEnded(this.id, end)));
  }

  /**
   * @param onValid called once the end is known to be one that can be stored, and is the first one.
   */
  #endWith(end: EndInfo, error?: unknown, onValid: () => void = ignore): Promise<EndState> {
    if (this.#ending !== undefined) return this.#ending;
    const state = this.#writeEnd(end, error, onValid);
    state.catch((failure: unknown) => this.#context.report(failure));
    return state;
  }

  /** Claims the end before anything is awaited, so that the first one counts. */
  async #writeEnd(end: EndInfo, error: unknown, onValid: () => void): Promise<EndState> {
    const { prepareEnd, token, writer, terms } = this.#context;
    const entry = prepareEnd(end, token);
    this.#ending = this.ended;
    onValid();
    await this.#preparing;
    try {
      await writer.append(entry, terms.ttl);
      this.#settle(end, error, true);
    } catch (stopped) {
      // Its readers would wait for an end until the run is released.
      if (isSseError(stopped) && stopped.code === "too-large" && end.reason !== stopped.code)
        return this.#writeEnd({ state: "failed", reason: stopped.code }, stopped, ignore);
      this.#settle({ state: "lost" }, stopped, false);
    }
    return this.ended;
  }

  /** Returns the error of later appends. */
  #overtaken(entry: LogEntry | undefined): SseError {
    return this.#overtakenBy((entry && endOf(entry)) ?? { state: "lost" });
  }

  #overtakenBy(end: EndInfo): SseError {
    const error = runEnded(this.id, end);
    this.#ending ??= this.ended;
    this.#abort.abort(error);
    this.#settle(end, undefined, false);
    return error;
  }

  #settle(end: EndInfo, error: unknown, isOwn: boolean): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#resolveEnded(end.state);
    this.#context.settled(end, error, isOwn);
  }

  #endedError(): SseError {
    return runEnded(this.id, this.#end ?? { state: "complete", reason: "ending" });
  }
}

function defaultEvent(chunk: unknown): PublishedEvent {
  return typeof chunk === "string" ? { data: chunk } : (chunk as PublishedEvent);
}

function ignore(): void {}
