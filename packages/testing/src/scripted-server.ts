import {
  type ControlEventData,
  controlEvents,
  encodeEvent,
  eventStreamHeaders,
  type GapReason,
  getLastEventId,
  type ServerSentEvent,
} from "@sse/core";
import { requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import { serverClosed } from "./errors.js";
import { type ScriptedConnection, scriptedConnection } from "./scripted-connection.js";

/** Options of {@link createScriptedServer}. */
export interface ScriptedServerOptions {
  /** The reconnection time that each client is sent, in milliseconds. Default 0. */
  retry?: number | undefined;
}

/** A request that a scripted server has received. */
export interface ScriptedRequest {
  readonly url: string;
  readonly headers: Headers;
  /** The id from which the client resumes; `""` on a first connect. */
  readonly lastEventId: string;
}

/** An event that is kept for clients that reconnect. */
interface KeptEvent {
  readonly offset: number;
  readonly frame: string;
}

/**
 * Creates a server that a test breaks on purpose, to see what a client makes of it. It speaks as a
 * hub does: ids, resuming after `Last-Event-ID`, `sse:live` and `sse:gap`.
 *
 * @throws {SseError} `invalid-option`.
 */
export function createScriptedServer(options: ScriptedServerOptions = {}): ScriptedServer {
  requireKnownKeys(options, ["retry"], "createScriptedServer");
  return new ScriptedServer(requireAtLeast(0, "createScriptedServer: retry", options.retry ?? 0));
}

/**
 * A server whose faults are the commands of a test. See {@link createScriptedServer}.
 *
 * Over 25 members: each command of a test is one, and a few lines long.
 */
export class ScriptedServer {
  /** All requests so far, refused ones included. */
  readonly requests: ScriptedRequest[] = [];
  readonly #retry: number;
  readonly #connections = new Set<ScriptedConnection>();
  /** The responses to the next requests, which then receive no stream. */
  readonly #answers: (() => Response)[] = [];
  #events: KeptEvent[] = [];
  #epoch = 1;
  #head = 0;
  #forgottenThrough = 0;
  #stalled = false;
  #closed = false;

  constructor(retry: number) {
    this.#retry = retry;
  }

  /**
   * Responds to a request: for a client's option `fetch`, or for `listen` of `@sse/testing/node`.
   */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    if (this.#closed) throw serverClosed();
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const lastEventId = getLastEventId(request.headers, request.url);
    this.requests.push({ url: request.url, headers: request.headers, lastEventId });
    const answer = this.#answers.shift();
    return answer === undefined ? this.#open(request.signal, lastEventId) : answer();
  };

  /** The number of open streams. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Sends an event to every open stream, keeps it for those that reconnect, and returns its id. */
  send(event: Omit<ServerSentEvent, "id">): string {
    this.#head += 1;
    const id = this.#idOf(this.#head);
    const frame = encodeEvent({ ...event, id });
    this.#events.push({ offset: this.#head, frame });
    for (const connection of this.#connections) connection.write(frame);
    return id;
  }

  /** Breaks every connection, as a network does: clients reconnect and resume. */
  drop(): void {
    for (const connection of this.#connections) connection.fail();
  }

  /** Holds everything back: connections stay open, and nothing is received until {@link flow}. */
  stall(): void {
    this.#stalled = true;
    for (const connection of this.#connections) connection.stall();
  }

  /** Ends {@link stall}: what was held back is received now. */
  flow(): void {
    this.#stalled = false;
    for (const connection of this.#connections) connection.flow();
  }

  /**
   * Breaks every connection, and loses an event that the clients would have received: those that
   * resume receive a gap with the reason `evicted`.
   */
  gap(): void {
    this.drop();
    this.#head += 1;
    this.#forget();
  }

  /**
   * Restarts without what was kept, as a process whose events are in memory: ids begin again, and
   * clients that resume receive a gap with the reason `epoch`.
   */
  restart(): void {
    this.drop();
    this.#epoch += 1;
    this.#head = 0;
    this.#forget();
  }

  /** Responds to the next request with a status and no stream. */
  refuse(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#answers.push(() => new Response(null, { status, headers }));
  }

  /** Lets the next request fail, as if nothing listened. */
  fail(): void {
    this.#answers.push(() => {
      throw new TypeError("fetch failed");
    });
  }

  /** Ends every stream. Requests are refused from now on. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.end();
  }

  #open(signal: AbortSignal, lastEventId: string): Response {
    const connection = scriptedConnection(signal, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    if (this.#stalled) connection.stall();
    connection.write(encodeEvent({ retry: this.#retry }));
    const gap = this.#gapAfter(lastEventId);
    if (gap !== undefined) connection.write(this.#gapFrame(gap, lastEventId));
    const from = lastEventId === "" ? this.#head : gap === undefined ? this.#offsetOf(lastEventId) : 0;
    const missed = this.#events.filter(({ offset }) => offset > from);
    for (const { frame } of missed) connection.write(frame);
    const live = { connection: `c${this.requests.length}`, heartbeat: 0, replayed: missed.length };
    connection.write(this.#control("live", live, this.#head));
    return new Response(connection.body, { headers: eventStreamHeaders });
  }

  #gapAfter(lastEventId: string): GapReason | undefined {
    if (lastEventId === "") return undefined;
    const offset = this.#offsetOf(lastEventId);
    if (!lastEventId.startsWith(`${this.#epoch}-`)) return Number.isNaN(offset) ? "unknown" : "epoch";
    if (!(offset <= this.#head)) return "unknown";
    return offset < this.#forgottenThrough ? "evicted" : undefined;
  }

  #gapFrame(reason: GapReason, requested: string): string {
    const [oldest] = this.#events;
    const gap = {
      reason,
      requested: requested.slice(0, 64),
      oldest: oldest === undefined ? null : this.#idOf(oldest.offset),
    };
    return this.#control("gap", gap, this.#forgottenThrough);
  }

  #control<Name extends "live" | "gap">(
    name: Name,
    data: ControlEventData[`sse:${Name}`],
    offset: number,
  ): string {
    return encodeEvent({ event: controlEvents[name], data, id: this.#idOf(offset) });
  }

  #forget(): void {
    this.#events = [];
    this.#forgottenThrough = this.#head;
  }

  #idOf(offset: number): string {
    return `${this.#epoch}-${offset}`;
  }

  #offsetOf(id: string): number {
    return /^\d{1,9}-\d{1,9}$/.test(id) ? Number(id.slice(id.indexOf("-") + 1)) : Number.NaN;
  }
}
