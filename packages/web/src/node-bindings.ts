import { type PipelineConnection, type WaitingResponse, waitForTurn } from "@sse/hub/adapter";

/** The part in use of the `env` that Hono passes to handlers on Node. */
interface NodeBindings {
  readonly incoming: { readonly socket: PipelineConnection };
  readonly outgoing: WaitingResponse & { readonly socket: unknown };
}

/** The turn of a response that waits behind others on its connection. */
export interface Turn {
  /** Resolves when the response may be written, or the connection has closed. */
  readonly reached: Promise<void>;
  readonly connection: PipelineConnection;
}

/**
 * Returns the turn of a pipelined request; `undefined` where it may be answered now. For handlers
 * that get Node's own request and response among their arguments.
 */
export function turnOf(rest: readonly unknown[]): Turn | undefined {
  const bindings = rest.find(isBindings);
  if (bindings === undefined || bindings.outgoing.socket !== null) return undefined;
  const connection = bindings.incoming.socket;
  return { reached: waitForTurn(bindings.outgoing, connection), connection };
}

function isBindings(argument: unknown): argument is NodeBindings {
  const { incoming, outgoing } = (argument ?? {}) as Partial<NodeBindings>;
  return typeof incoming?.socket?.once === "function" && typeof outgoing === "object";
}
