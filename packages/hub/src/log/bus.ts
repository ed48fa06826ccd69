/**
 * Carries short messages between the hubs of several processes: those that no log keeps, because
 * they are worthless a moment later (ephemeral events, presence, requests to disconnect). It
 * promises little, so that any publish/subscribe is enough: a message reaches each listener at most
 * once, and the messages of one sender in the order in which they were sent.
 *
 * A log on an engine with publish/subscribe offers one as {@link EventLog.bus}.
 */
export interface HubBus {
  /**
   * Sends a message to every listener on the same bus, in this process and in others. The sender's
   * own listener may receive it too. Resolves once the engine has accepted it, which is no promise
   * of delivery. A message has at most 524,288 bytes.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` while there is no connection, within a
   * bounded time: no message is kept for later. `closed`.
   */
  send(message: string): Promise<void>;
  /**
   * Listens from now on. Returns a function that stops it: nothing is called after it returns.
   *
   * @throws {SseError} `closed`.
   */
  listen(listener: BusListener): () => void;
  /**
   * Stops listening and releases connections. Later calls of `send` reject with `closed`, and
   * `listen` throws it. Calling it again does nothing.
   */
  close(): Promise<void>;
}

/** Listens on a bus, see {@link HubBus.listen}. The methods must not throw. */
export interface BusListener {
  /**
   * Listening starts, or starts again after a break: messages that were sent before may have been
   * missed. Called before the first message.
   */
  reset(): void;
  /** Receives a message, which the listener validates: it was sent over the network. */
  message(message: string): void;
  /** The connection failed. The bus retries by itself. */
  error(error: unknown): void;
}
