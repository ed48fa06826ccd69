/**
 * One connection to a Redis, from its creation until it breaks. It is never repaired: a driver
 * that reconnects by itself would continue with a server that lost its data, and might send a
 * command twice. With a driver for a whole Cluster it stands for all its connections.
 */
export interface RedisConnection {
  /** Resolves once commands can be sent; rejects if that fails. */
  readonly ready: Promise<void>;
  /**
   * Sends a command and resolves to the reply as in RESP2: integers as numbers, strings, arrays,
   * and null. Commands reach the server in the order of the calls. Rejects with the server's error,
   * whose message begins with a word in capitals, or with an error of the connection.
   *
   * @param command its name; `args[keyAt]` is the key that selects the node in a Cluster.
   */
  send(command: string, args: readonly string[], keyAt: number): Promise<unknown>;
  /**
   * Passes on each message of a channel. Resolves once the server has confirmed the subscription.
   */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  /** Sends a ping on a connection that subscribes. */
  ping(): Promise<unknown>;
  /** Calls the listener once the connection has broken. */
  onEnd(listener: () => void): void;
  /** Ends the connection at once. Pending calls reject. */
  destroy(): void;
}

/** Makes connections that only the log uses. */
export interface RedisDriver {
  connect(): RedisConnection;
}

/** Whether an error is a reply of the server, and not an error of the connection. */
export function isServerError(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z][A-Z0-9_]+ /.test(error.message);
}
