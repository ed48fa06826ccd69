/**
 * How the bytes of one open stream leave: the seam between this toolkit and a runtime's response object.
 *
 * Who calls: one {@link EventStream} owns the sink and, once attached, one hub. All calls come from one thread of
 * execution and never overlap, apart from the promises that they return. No method throws.
 */
export interface EventSink {
  /**
   * Hands bytes to the transport, whole and in call order. It never waits: whoever calls looks at {@link room} first. The first
   * write sends the response head. Bytes written after the transport has closed are discarded.
   *
   * One array may be written to many sinks and is never changed afterwards, so a sink may keep what it derives from it
   * (a chunk frame, for one) by the array's identity.
   */
  write(bytes: Uint8Array): void;
  /**
   * Bytes that may still be written before the high-water mark: the mark less what is queued here and in the
   * transport's own buffers. Zero or less means full.
   */
  readonly room: number;
  /**
   * Resolves once {@link room} is above zero again, or the transport has closed; at once when either holds already.
   * It never rejects. It does not resolve for a transport that is stalled: whoever waits brings its own deadline.
   */
  drain(): Promise<void>;
  /**
   * Ends the response: what was written still leaves, then the transport closes. A transport that does not take it within
   * the sink's own deadline is destroyed, because a farewell to a blocked socket never leaves. Sends the head if
   * nothing has been written. Calling it again does nothing.
   */
  close(): void;
  /** Closes the transport at once and drops what is queued. Calling it again does nothing. */
  destroy(): void;
  /** Resolves once the transport has closed, whoever closed it. It never rejects. */
  readonly closed: Promise<void>;
}
