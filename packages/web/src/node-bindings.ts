import type { WebSink } from "./web-sink.js";

/** The part in use of the `env` that Hono passes to handlers on Node. */
interface NodeBindings {
  readonly incoming: { readonly socket: ConnectionEvents };
  readonly outgoing: { readonly socket: unknown };
}

interface ConnectionEvents {
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

/**
 * Closes the stream of a pipelined request when its connection closes before its turn: Node tells
 * that to nothing but the connection. For handlers that get Node's own request and response among
 * their arguments.
 */
export function watchPipelined(sink: WebSink, rest: readonly unknown[]): void {
  const bindings = rest.find(isBindings);
  if (bindings === undefined || bindings.outgoing.socket !== null) return;
  const { socket } = bindings.incoming;
  const onClose = (): void => sink.destroy();
  socket.once("close", onClose);
  void sink.closed.then(() => socket.off("close", onClose));
}

function isBindings(argument: unknown): argument is NodeBindings {
  const { incoming, outgoing } = (argument ?? {}) as Partial<NodeBindings>;
  return typeof incoming?.socket?.once === "function" && typeof outgoing === "object";
}
