import { type EndInfo, type EndState, isSseError } from "@sse/core";
import { withTimeout } from "@sse/core/internal";
import type { HubClock } from "../clock.js";
import { appendTimeout, hubClosed } from "../errors.js";
import { type RunChannel, runChannel, runOf } from "../log/channel.js";
import type { LogEntry, LogFollower, NewRunEntry, RunLog } from "../log/event-log.js";
import type { Position } from "../log/position.js";
import type { PublishedEvent } from "../publish/publication.js";
import { Sleep } from "../sleep.js";
import { isName } from "../validate.js";
import { badRunId, runActive, runEnded, runExists, runUnknown } from "./errors.js";
import { LocalRun } from "./local-run.js";
import type { FoundRun } from "./run.js";
import { endOf, type RunTerms, startEntry, startOf } from "./run-entry.js";
import { type RunFacts, RunHistory, type RunSize } from "./run-history.js";
import { RunMonitor } from "./run-monitor.js";
import { type RunOptions, requireRunId, runTerms } from "./run-options.js";
import { RunTail } from "./run-tail.js";
import { type RunActions, RunView } from "./run-view.js";
import { RunWriter } from "./run-writer.js";
import { UnconfirmedStarts } from "./unconfirmed-starts.js";

/** Milliseconds for which a hub that closes waits for the ends of its runs to be stored. */
const closeTimeout = 2_000;

/** Attempts to append an end to a run to which others append, and to a log that fails. */
const maxAttempts = { conflict: 100, failure: 5 };

/** Milliseconds before another attempt after a failure. */
const retryDelay = 50;

/** The other instances, as far as runs concern them. */
export interface RunPeers {
  /** Whether an instance is alive, or may be. */
  mayBeAlive(instance: string): boolean;
  /** Returns the number of readers on other instances. */
  readers(run: string): number;
  /** Asks the instance of its producer to cancel a run; `undefined` if that does not respond. */
  cancel(instance: string, run: string, reason: string | undefined): Promise<EndState | undefined>;
}

/** The parts of a hub that its runs need. */
export interface RunsContext {
  readonly log: RunLog;
  readonly clock: HubClock;
  /** The id of this instance. */
  readonly instance: string;
  readonly peers: RunPeers;
  /** The feed of the runs' readers. */
  readonly feed: LogFollower & { flush(): void };
  /** Milliseconds that an append may take before it is looked into. `undefined`: no limit. */
  readonly appendTimeout: number | undefined;
  readonly prepare: (event: PublishedEvent) => NewRunEntry | Promise<NewRunEntry>;
  readonly prepareEnd: (end: EndInfo, token: string) => NewRunEntry;
  /** Returns the number of a run's readers on this instance. */
  readonly readersHere: (run: string) => number;
  /** Returns the runs that have readers on this instance. */
  readonly readHere: () => Iterable<string>;
  /** Ends the readers of a run that is no longer held. */
  readonly gone: (run: string) => void;
  readonly appended: () => void;
  /** A run was ended by this instance. */
  readonly ended: (run: string, end: EndInfo, error: unknown) => void;
  readonly report: (error: unknown) => void;
  /** Reports that a run whose producer is dead could not be ended; this is tried again. */
  readonly lostFailed: (error: unknown) => void;
}

/** The runs of a hub: those that are produced here, and through the log all others. */
// Over 25 members: starting, finding, taking over and losing runs, over one registry.
export class Runs implements RunActions {
  readonly #context: RunsContext;
  readonly #tail: RunTail;
  readonly #history: RunHistory;
  readonly #monitor: RunMonitor;
  /** The runs whose producers are in this process. */
  readonly #local = new Map<string, LocalRun>();
  /** The runs that are being started here, with what has overtaken them meanwhile. */
  readonly #starting = new Map<string, LogEntry | undefined>();
  readonly #unconfirmed: UnconfirmedStarts;
  #stopFollowing: (() => void) | undefined;
  #closed = false;

  constructor(context: RunsContext) {
    const { log, clock, feed, peers, lostFailed } = context;
    this.#context = context;
    this.#unconfirmed = new UnconfirmedStarts(clock, (id) => this.facts(id));
    this.#tail = new RunTail(log, clock, feed, {
      control: (entry) => this.#control(entry),
      reset: () => {
        this.#history.forget();
        void this.#review();
      },
    });
    this.#history = new RunHistory(log, clock, this.#tail);
    this.#monitor = new RunMonitor({
      clock,
      hasReadersHere: (run) => context.readersHere(run) > 0,
      mayBeAlive: (instance) => peers.mayBeAlive(instance),
      lost: (run) => this.#reviewReaders(run).catch(lostFailed),
    });
  }

  /** The number of runs whose producers are in this process. */
  get countHere(): number {
    return this.#local.size;
  }

  /**
   * Starts a run.
   *
   * @throws {SseError} (as a rejection) `invalid-option`, `run-exists`, `closed`, and the errors of
   * the log.
   */
  async create(id: string = crypto.randomUUID(), options: RunOptions = {}): Promise<LocalRun> {
    requireRunId(id);
    const terms = runTerms(options);
    this.#start();
    return this.#produce(id, terms, { events: 0, bytes: 0 }, "", runExists(id));
  }

  /**
   * Takes over a run whose producer is dead.
   *
   * @throws {SseError} (as a rejection) `run-unknown`, `run-ended`, `run-exists` if its producer is
   * alive, `closed`, and the errors of the log.
   */
  async resume(id: string): Promise<LocalRun> {
    const facts = await this.facts(id);
    if (facts === undefined) throw runUnknown(id);
    const { end, terms, newest } = facts;
    if (end === undefined) throw runActive(id);
    if (end.state !== "lost") throw runEnded(id, end);
    const size = await this.#history.size(runChannel(id));
    return this.#produce(id, terms, size, newest, runActive(id));
  }

  /** Finds a run on any instance. As {@link facts}. */
  async find(id: string): Promise<FoundRun | undefined> {
    const facts = await this.facts(id);
    return facts && new RunView(id, facts.terms, facts.end, this);
  }

  /**
   * Returns what the log holds of a run; `undefined` if it holds none. A run whose producer is dead
   * is ended as lost first.
   *
   * @param mayRead whether a run with these terms may be read; otherwise it is as one that is not
   * held, and costs no more than the page that has its terms.
   * @throws {SseError} (as a rejection) `invalid-option`, `log-unavailable`, `closed`.
   */
  async facts(id: string, mayRead?: (terms: RunTerms) => boolean): Promise<RunFacts | undefined> {
    if (typeof id !== "string") throw badRunId();
    if (!isName(id)) return undefined;
    const channel = runChannel(id);
    this.#start();
    const local = this.#local.get(id);
    if (local !== undefined) return mayRead?.(local.terms) === false ? undefined : this.#factsOf(local);
    const facts = await this.#history.facts(channel, mayRead);
    const isOver = facts === undefined || facts.end !== undefined;
    if (isOver || this.#mayBeProducing(id, facts.instance)) return facts;
    await this.#endFromOutside(id, { state: "lost" });
    return this.#history.facts(channel);
  }

  /** Resolves once this instance has followed a run as far as these facts. */
  followed({ newest }: RunFacts): Promise<void> {
    return this.#tail.followed(newest);
  }

  /** Records that a run, which was found before, has a reader here. */
  readerAdded(id: string, { instance, end }: RunFacts): void {
    // The run may have been looked up while the hub was closed.
    if (this.#closed) return;
    const local = this.#local.get(id);
    if (local !== undefined) this.#monitor.recordReader(local);
    if (end === undefined && instance !== undefined && instance !== this.#context.instance)
      this.#monitor.watchProducer(id, instance);
  }

  readers(id: string): number {
    return this.#context.readersHere(id) + this.#context.peers.readers(id);
  }

  /** Yields the events of a run after a position. Default: all of them. */
  events(id: string, after: Position = ""): ReturnType<RunActions["events"]> {
    return this.#history.events(runChannel(id), after);
  }

  async cancel(id: string, reason: string | undefined): Promise<EndState> {
    const here = this.cancelHere(id, reason);
    if (here !== undefined) return here;
    const facts = await this.facts(id);
    if (facts?.end !== undefined) return facts.end.state;
    // Its producer ends it in order, where an end from outside competes with every event.
    const instance = facts?.instance;
    const end: EndInfo = { state: "cancelled", ...(reason !== undefined && { reason }) };
    this.#context.prepareEnd(end, ""); // throws for a reason that cannot be stored
    const asked = instance === undefined ? undefined : await this.#context.peers.cancel(instance, id, reason);
    return asked ?? (await this.#endFromOutside(id, end)) ?? end.state;
  }

  /** Cancels a run whose producer is in this process; `undefined` if there is none. */
  cancelHere(id: string, reason: string | undefined): Promise<EndState> | undefined {
    return this.#local.get(id)?.cancel(reason);
  }

  /** Ends the runs of this instance as lost, and stops following. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#monitor.close();
    this.#unconfirmed.close();
    const local = [...this.#local.values()];
    const lost = Promise.all(local.map((run) => run.lose()));
    if (local.length > 0) await new Sleep(this.#context.clock).orUntil(lost, closeTimeout);
    for (const run of local) run.stop(hubClosed());
    this.#tail.close();
    this.#stopFollowing?.();
    this.#context.feed.flush();
  }

  /** Follows the log from the first use on, so that a hub without runs pays nothing. */
  #start(): void {
    if (this.#closed) throw hubClosed();
    this.#stopFollowing ??= this.#context.log.follow(this.#tail);
  }

  #factsOf({ terms, newest }: LocalRun): RunFacts {
    return { terms, newest, instance: this.#context.instance, end: undefined };
  }

  #mayBeProducing(id: string, instance: string | undefined): boolean {
    if (this.#local.has(id) || this.#starting.has(id)) return true;
    return (
      instance !== undefined &&
      instance !== this.#context.instance &&
      this.#context.peers.mayBeAlive(instance)
    );
  }

  /** @param taken the error if another producer is faster. */
  async #produce(
    id: string,
    terms: RunTerms,
    size: RunSize,
    newest: string,
    taken: Error,
  ): Promise<LocalRun> {
    if (this.#local.has(id) || this.#starting.has(id)) throw taken;
    const token = crypto.randomUUID();
    const writer = this.#writer(id, newest);
    writer.onOvertaken = () => taken;
    this.#starting.set(id, undefined);
    try {
      await this.#claim(writer, startEntry({ instance: this.#context.instance, token, terms }));
      if (this.#closed) throw hubClosed();
      const run = this.#localRun(id, { writer, terms, token, size });
      this.#local.set(id, run);
      this.#monitor.watchReaders(run);
      const overtaking = this.#starting.get(id);
      if (overtaking !== undefined) run.receive(overtaking);
      return run;
    } catch (error) {
      if (isSseError(error) && error.code === "append-timeout") this.#unconfirmed.add(id);
      throw error;
    } finally {
      this.#starting.delete(id);
    }
  }

  #writer(id: string, newest: string): RunWriter {
    const { log, clock, appendTimeout } = this.#context;
    return new RunWriter({ log, clock, appendTimeout, history: this.#history }, id, newest);
  }

  /** Waits no longer than for an append. A start that is stored later is that of a lost run. */
  async #claim(writer: RunWriter, start: NewRunEntry): Promise<void> {
    try {
      await this.#inTime(writer.append(start));
    } catch (error) {
      writer.stop(error as Error);
      throw error;
    }
  }

  /** @throws {SseError} (as a rejection) `append-timeout`, and the errors of the append. */
  #inTime(append: Promise<unknown>): Promise<unknown> {
    const { appendTimeout: milliseconds, clock: timers } = this.#context;
    return withTimeout(append, { milliseconds, onTimeout: appendTimeout, timers });
  }

  #localRun(id: string, own: { writer: RunWriter; terms: RunTerms; token: string; size: RunSize }): LocalRun {
    const { prepare, prepareEnd, appended, ended, report, lostFailed } = this.#context;
    const run: LocalRun = new LocalRun(id, {
      ...own,
      prepare,
      prepareEnd,
      appended,
      report,
      readers: () => this.readers(id),
      events: () => this.events(id),
      settled: (end, error, isOwn) => {
        this.#local.delete(id);
        this.#monitor.forget(id, run);
        if (isOwn) ended(id, end, error);
        // The log may hold no end of it, or no run any more: its readers would wait for ever.
        else if (end.state === "lost" && !this.#closed) void this.#reviewReaders(id).catch(lostFailed);
      },
    });
    return run;
  }

  /** Receives an entry that starts or ends a run, by whichever instance. */
  #control(entry: LogEntry): void {
    const [channel] = entry.channels as [RunChannel];
    const id = runOf(channel)!;
    this.#history.record(channel, entry);
    const local = this.#local.get(id);
    // In a turn of its own, because the listeners of the signal may append.
    if (local !== undefined) queueMicrotask(() => local.receive(entry));
    if (this.#starting.has(id) && endOf(entry) !== undefined) this.#starting.set(id, entry);
    const start = startOf(entry);
    if (start === undefined) this.#monitor.forget(id, undefined);
    else if (start.instance === this.#context.instance) {
      if (!this.#mayBeProducing(id, start.instance)) this.#unconfirmed.add(id);
    } else if (this.#context.readersHere(id) > 0) this.#monitor.watchProducer(id, start.instance);
  }

  /** Looks after a break whether runs were ended, taken over or are no longer held. */
  async #review(): Promise<void> {
    const { report, readHere } = this.#context;
    for (const run of [...this.#local.values()]) await this.#reviewLocal(run).catch(report);
    for (const id of [...readHere()]) await this.#reviewReaders(id).catch(report);
  }

  async #reviewLocal(run: LocalRun): Promise<void> {
    const facts = await this.#history.facts(runChannel(run.id));
    if (this.#closed) return;
    if (facts === undefined || facts.end !== undefined || facts.instance !== this.#context.instance)
      run.review(facts?.end);
  }

  /** Looks whether a run with readers here is still held, and who produces it. */
  async #reviewReaders(id: string): Promise<void> {
    const facts = await this.facts(id);
    if (facts !== undefined) this.readerAdded(id, facts);
    else if (!this.#closed) this.#context.gone(id);
  }

  /**
   * Appends an end to a run whose producer is elsewhere, or dead, unless it has ended. A run that
   * another producer has taken over meanwhile is not lost: `undefined`.
   */
  async #endFromOutside(id: string, end: EndInfo): Promise<EndState | undefined> {
    const channel = runChannel(id);
    const token = crypto.randomUUID();
    const entry = this.#context.prepareEnd(end, token);
    const attempts = { ...maxAttempts };
    for (;;) {
      const facts = await this.#history.facts(channel);
      if (facts === undefined) throw runUnknown(id);
      const { end: before, instance, newest, terms } = facts;
      if (before?.token === token) this.#context.ended(id, end, undefined);
      if (before !== undefined) return before.state;
      if (end.state === "lost" && this.#mayBeProducing(id, instance)) return undefined;
      try {
        await this.#inTime(this.#context.log.append(channel, [entry], { after: newest, ttl: terms.ttl }));
      } catch (error) {
        const kind = isSseError(error) && error.code === "append-conflict" ? "conflict" : "failure";
        attempts[kind] -= 1;
        if (attempts[kind] === 0) throw error;
        // After a conflict the other one has made progress, so there is nothing to wait for.
        if (kind === "failure") await new Sleep(this.#context.clock).for(retryDelay);
      }
    }
  }
}
