/**
 * Carries short messages between the hubs of several processes: what is not kept in the log because it is worthless a moment later (ephemeral events,
 * presence, requests to disconnect). It promises little, so that any publish/subscribe will do: a message reaches each listener at most once, and those of
 * one sender in the order in which they were sent.
 *
 * A log on an engine that has publish/subscribe offers one as {@link EventLog.bus}.
 */
export interface HubBus {
  /**
   * Sends a message to every listener on the same bus, in this process and in others. The sender's own listener may be given it too.
   * Resolves once it has been handed to the engine, which is no promise that anybody gets it. A message has at most 524,288 bytes.
   *
   * @throws {SseError} (as a rejection) `log-unavailable` while there is no link, within a bounded time: nothing is kept for later. `closed`.
   */
  send(message: string): Promise<void>;
  /**
   * Listens from now on. Returns a function that stops it: nothing is called after it returns.
   *
   * @throws {SseError} `closed`.
   */
  listen(listener: BusListener): () => void;
  /** Stops listening and releases connections. Later calls of `send` reject with `closed`, and `listen` throws it. Calling it again does nothing. */
  close(): Promise<void>;
}

/** Who listens on a bus. The methods must not throw. */
export interface BusListener {
  /** Listening begins, or begins again after a break: messages sent before may have been missed. Called before the first message. */
  reset(): void;
  /** A message. It comes from the network: whoever gets it checks it. */
  message(message: string): void;
  /** The link is in trouble. The bus goes on trying by itself. */
  error(error: unknown): void;
}
