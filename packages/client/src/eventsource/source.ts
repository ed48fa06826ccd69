/** An event stream that has begun. */
export interface OpenStream {
  /** Its bytes; absent when there is no body. */
  readonly chunks: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** The origin that its events name. */
  readonly origin: string;
}

/** Where a connection gets its stream from. */
export interface Source {
  /** Whether it can be opened again after its stream has ended. */
  readonly reopens: boolean;
  /**
   * Opens the stream.
   *
   * @param lastEventId the position to go on from; `""` for none.
   * @param signal aborts the opening and the stream.
   * @throws {FatalError} when there is no use in trying again. Any other error is a network error.
   */
  open(lastEventId: string, signal: AbortSignal): Promise<OpenStream>;
}

/** An error that would come again after a reconnect: the connection fails for good. */
export class FatalError extends Error {}
