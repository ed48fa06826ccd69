import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { EventSourceClient } from "@sse/client";
import { oncePerFrame } from "./batch.js";
import { FrameLog, type NumberedFrame, type RequestFrame } from "./frames.js";
import { type Segment, type SegmentKind, withGap, withSegment } from "./segments.js";

/**
 * - `connecting`: no answer yet.
 * - `catching-up`: connected, and receiving what was missed.
 * - `live`: receives events as they happen.
 * - `away`: the connection is lost, and another attempt follows.
 * - `cut`: the page itself has closed the connection.
 * - `refused`: the server refuses the connection for good.
 */
export type LineState = "connecting" | "catching-up" | "live" | "away" | "cut" | "refused";

/** The totals of a line. */
export interface LineCounters {
  readonly received: number;
  /** Events that were missed and sent later. */
  readonly caughtUp: number;
  /** Gaps that the server has reported. */
  readonly gaps: number;
}

/** The last request of a line, and what it brought. */
export interface LineAttempt {
  readonly request: RequestFrame | undefined;
  /** Events that were missed and sent in response. */
  readonly caughtUp: number;
}

/** An event with what the line knows about it. */
export interface LineEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
  /** Whether the event was missed and sent later. */
  readonly replayed: boolean;
}

/** The listener of a line. Calls are in the order of the stream. */
export interface LineListener {
  event?(event: LineEvent): void;
  /** Everything that was missed has been received. */
  live?(info: { connection: string; replayed: number; resumed: boolean }): void;
  gap?(info: { reason: string }): void;
  /** The connection is lost. */
  away?(): void;
}

/** Options of a line. */
export interface LineOptions {
  /** Returns the path of the next request, for the wire panel. */
  path: () => string;
  /** Whether the stream is no hub's: it is live as soon as it is open. Default false. */
  plain?: boolean;
  listener?: LineListener;
}

/** The length of the timeline in milliseconds. */
export const timelineSpan = 120_000;

/** Milliseconds for which the past of a line is kept: a chart may show more than the timeline. */
const keptSpan = 200_000;

const maxFrames = 60;

/**
 * One connection as a page shows it: its state, its totals, its frames and its past. Signals change
 * at most once per frame, whatever the number of events.
 */
export class Line {
  readonly state: Signal<LineState> = signal("connecting");
  /** The id of the connection; empty while there is none. */
  readonly connection: Signal<string> = signal("");
  /** The time of `performance.now()` at which the next attempt is due; 0 if none is. */
  readonly retryAt: Signal<number> = signal(0);
  /** The reason of the last loss of the connection. */
  readonly reason: Signal<string> = signal("");
  readonly segments: Signal<readonly Segment[]> = signal([]);
  readonly source: EventSourceClient<Record<string, string>>;

  readonly #attempt = signal<LineAttempt>({ request: undefined, caughtUp: 0 });
  #request: RequestFrame | undefined;
  readonly #counters = signal<LineCounters>({ received: 0, caughtUp: 0, gaps: 0 });
  readonly #frames = signal<readonly NumberedFrame[]>([]);
  readonly #log = new FrameLog(maxFrames);
  readonly #options: LineOptions;
  readonly #totals = { received: 0, caughtUp: 0, gaps: 0 };
  /** Whether events before `live` were missed, as opposed to history. */
  #resumed = false;
  #caughtUp = 0;
  #gap = false;
  readonly #show = oncePerFrame(() => {
    batch(() => {
      this.#counters.value = { ...this.#totals };
      this.#frames.value = this.#log.all();
      this.#attempt.value = { request: this.#request, caughtUp: this.#caughtUp };
    });
    if (this.#log.isLong) this.#trim();
  });
  readonly #trim = oncePerFrame(() => {
    this.#log.trim();
    this.#frames.value = this.#log.all();
  });

  constructor(source: EventSourceClient<Record<string, string>>, options: LineOptions) {
    this.source = source;
    this.#options = options;
    this.#enter("connecting");
    source.onLifecycle("open", () => this.#opened());
    source.onAny((event) => this.#received(event));
    source.onLifecycle("live", ({ connection, replayed, heartbeat }) => {
      const data = JSON.stringify({ connection, heartbeat, replayed });
      this.#control("sse:live", data);
      this.#live(connection, replayed);
    });
    source.onLifecycle("gap", (info) => {
      this.#totals.gaps += 1;
      this.#gap = true;
      this.#control("sse:gap", JSON.stringify(info));
      options.listener?.gap?.(info);
    });
    source.onLifecycle("reconnecting", ({ delay, error }) => {
      this.retryAt.value = performance.now() + delay;
      this.reason.value = error.message;
      this.#lost("away", error.message);
    });
    source.onLifecycle("close", ({ error }) => this.#lost(error ? "refused" : "cut", error?.message));
    source.onLifecycle("error", ({ message }) => this.#note(message));
  }

  get counters(): ReadonlySignal<LineCounters> {
    return this.#counters;
  }

  get attempt(): ReadonlySignal<LineAttempt> {
    return this.#attempt;
  }

  get frames(): ReadonlySignal<readonly NumberedFrame[]> {
    return this.#frames;
  }

  /** Adds a line to the wire panel that is no frame, such as a request for other topics. */
  note(text: string): void {
    this.#note(text);
  }

  #opened(): void {
    const { lastEventId } = this.source;
    this.#request = { kind: "request", path: this.#options.path(), lastEventId };
    this.#log.add(this.#request);
    this.#show();
    this.#caughtUp = 0;
    this.retryAt.value = 0;
    this.state.value = "catching-up";
    if (this.#options.plain) this.#live("", 0);
  }

  #received({ event, data, id }: { event: string; data: string; id?: string }): void {
    // An event without an id is of this moment, and cannot have been missed.
    const replayed = this.#resumed && id !== undefined && this.state.value === "catching-up";
    this.#totals.received += 1;
    if (replayed) {
      this.#totals.caughtUp += 1;
      this.#caughtUp += 1;
    }
    this.#log.add({ kind: "event", event, id, data, replayed, control: false });
    this.#show();
    this.#options.listener?.event?.({ event, data, id, replayed });
  }

  #live(connection: string, replayed: number): void {
    const resumed = this.#resumed;
    batch(() => {
      this.connection.value = connection;
      this.state.value = "live";
      this.retryAt.value = 0;
      this.reason.value = "";
      if (this.#gap) this.segments.value = withGap(this.segments.value);
      this.#enter("live");
    });
    this.#gap = false;
    this.#options.listener?.live?.({ connection, replayed, resumed });
    this.#resumed = true;
  }

  #lost(state: LineState, reason = "the page has closed the connection"): void {
    const first = this.state.value !== state;
    batch(() => {
      this.state.value = state;
      this.connection.value = "";
      if (state !== "away") this.retryAt.value = 0;
      this.#enter("away");
    });
    if (!first) return;
    this.#note(reason);
    this.#options.listener?.away?.();
  }

  #control(event: string, data: string): void {
    const { lastEventId } = this.source;
    this.#log.add({ kind: "event", event, id: lastEventId, data, replayed: false, control: true });
    this.#show();
  }

  #note(text: string): void {
    this.#log.add({ kind: "note", text });
    this.#show();
  }

  #enter(kind: SegmentKind): void {
    const now = Date.now();
    const caughtUp = kind === "live" ? this.#caughtUp : 0;
    this.segments.value = withSegment(this.segments.value, { kind, from: now, caughtUp }, now - keptSpan);
  }
}
