import type { EventStream, RefusalReason } from "@sse/core";
import { notAStream, streamIdInUse } from "../errors.js";
import type { HubConnection } from "../subscription.js";
import {
  Connection,
  type ConnectionContext,
  type ConnectionInfo,
  type ConnectionStart,
} from "./connection.js";
import { probeStart } from "./probe.js";
import type { Refusals } from "./refusals.js";

/** Opens the connections of a hub, or refuses them. */
export class Connector {
  readonly #connections: ConnectionContext["connections"];
  readonly #connectionIdOf: ConnectionContext["connectionIdOf"];
  readonly #refusals: Refusals;
  readonly #refusalFor: (user: string | undefined) => RefusalReason | undefined;

  /** @param refusalFor returns the reason to refuse a user's client; `undefined` to accept it. */
  constructor(
    { connections, connectionIdOf }: Pick<ConnectionContext, "connections" | "connectionIdOf">,
    refusals: Refusals,
    refusalFor: (user: string | undefined) => RefusalReason | undefined,
  ) {
    this.#connections = connections;
    this.#connectionIdOf = connectionIdOf;
    this.#refusals = refusals;
    this.#refusalFor = refusalFor;
  }

  /** Returns the connection with an id, or of the stream with an id. */
  registered(id: string): Connection | undefined {
    return this.#connections.get(this.#connectionIdOf(id));
  }

  /**
   * Checks that a stream can be connected. One that is attached already is reported by itself.
   *
   * @throws {SseError} `invalid-option`
   */
  requireUnused(stream: EventStream): void {
    if (typeof stream?.attach !== "function") throw notAStream(stream);
    const connection = this.registered(stream.id);
    if (connection !== undefined && !connection.serves(stream)) throw streamIdInUse();
  }

  /** Refuses a client that may not connect now: returns its closed connection. */
  refuse(stream: EventStream, info: ConnectionInfo): HubConnection | undefined {
    const reason = this.#refusalFor(info.user);
    return reason && this.#refusals.refuse(stream, info, reason);
  }

  /** Whether a client would be refused now; throws the refusal if that has a status. */
  probeRefusal(info: ConnectionInfo): boolean {
    if (this.#refusalFor(info.user) === undefined) return false;
    this.#refusals.probe(info);
    return true;
  }

  /** Opens a connection, or refuses it: it is closed then. */
  open(
    stream: EventStream,
    info: ConnectionInfo,
    start: ConnectionStart,
    context: ConnectionContext,
  ): HubConnection {
    const refused = this.refuse(stream, info);
    if (refused !== undefined) return refused;
    const connection = new Connection(stream, info, context);
    connection.open(start);
    return connection;
  }

  /** Checks what {@link open} checks, and resolves when the stream would start. */
  async probe(
    stream: EventStream,
    info: ConnectionInfo,
    start: ConnectionStart,
    context: ConnectionContext,
  ): Promise<void> {
    if (!this.probeRefusal(info)) await probeStart(stream, info, start, context);
  }
}
