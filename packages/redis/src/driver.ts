/**
 * One connection to a Redis, from its making until it breaks. It is never repaired: a driver that reconnects by itself would go on with a server that
 * has begun anew, and might send again what was sent already. Where the driver is one for a whole Cluster, it stands for its connections.
 */
export interface RedisConnection {
  /** Resolves once commands can be sent; rejects if that fails. */
  readonly ready: Promise<void>;
  /**
   * Sends a command and resolves to the reply as in RESP2: integers as numbers, strings, lists, and null. Commands reach the server in the order of the
   * calls. Rejects with the server's error, whose message begins with a word in capitals, or with an error of the connection.
   *
   * @param command its name; `args[keyAt]` names the node in a Cluster.
   */
  send(command: string, args: readonly string[], keyAt: number): Promise<unknown>;
  /** Gives what is published to a channel, and resolves once the server has confirmed that. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  /** Asks for a sign of life on a connection that subscribes. */
  ping(): Promise<unknown>;
  /** Is called once the connection has broken. */
  onEnd(listener: () => void): void;
  /** Ends it at once. What waits for a reply rejects. */
  destroy(): void;
}

/** Makes connections that are ours alone. */
export interface RedisDriver {
  connect(): RedisConnection;
}

/** Whether an error is an answer of the server, as opposed to trouble with the connection. */
export function isServerError(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z][A-Z0-9_]+ /.test(error.message);
}
