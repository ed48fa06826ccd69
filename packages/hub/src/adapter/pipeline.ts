/** A connection of Node, as far as responses that wait on it need it. */
export interface PipelineConnection {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

/** A response of `node:http` that waits for its connection. */
export interface WaitingResponse {
  once(event: "socket", listener: () => void): unknown;
  off(event: "socket", listener: () => void): unknown;
}

/** The maximum number of streams that wait on one connection, each with its request. */
const maxWaiting = 5;

const waiting = new WeakMap<PipelineConnection, number>();

/**
 * Waits until a response may be written. A client of HTTP/1.1 may send further requests while an
 * earlier one is being answered (RFC 9112 §9.3.2). Their responses are written in turn, which
 * behind an event stream may never happen: until then they are no streams, and few may wait. A
 * connection with more is destroyed.
 *
 * @param response one that has no connection yet.
 * @returns a promise that also resolves when the connection has closed.
 */
export function waitForTurn(response: WaitingResponse, connection: PipelineConnection): Promise<void> {
  // It emits no `close` any more.
  if (connection.destroyed) return Promise.resolve();
  const count = (waiting.get(connection) ?? 0) + 1;
  if (count > maxWaiting) {
    connection.destroy();
    return Promise.resolve();
  }
  waiting.set(connection, count);
  return new Promise((resolve) => {
    const proceed = (): void => {
      waiting.set(connection, (waiting.get(connection) ?? 1) - 1);
      response.off("socket", proceed);
      connection.off("close", proceed);
      resolve();
    };
    response.once("socket", proceed);
    connection.once("close", proceed);
  });
}
