/** An open event stream. */
export interface OpenStream {
  /** Its bytes; absent when there is no body. */
  readonly chunks: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** The origin of its events. */
  readonly origin: string;
}

/** The source of a connection's stream. */
export interface Source {
  /** Whether it can be opened again after its stream has ended. */
  readonly reopens: boolean;
  /**
   * Opens the stream.
   *
   * @param lastEventId the id to resume from; `""` for none.
   * @param signal aborts the opening and the stream.
   * @throws {FatalError} when no later attempt can succeed. Any other error is a network error.
   */
  open(lastEventId: string, signal: AbortSignal): Promise<OpenStream>;
}

/** An error that would occur again after a reconnect: the connection fails for good. */
export class FatalError extends Error {}
