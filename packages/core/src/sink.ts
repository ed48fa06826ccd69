import { encodeUtf8 } from "./utf8.js";

/**
 * The output of one open stream: the seam between this toolkit and a runtime's response object.
 *
 * One {@link EventStream} calls it and, once attached, one hub. All calls are made by one thread of
 * execution and never overlap, apart from the promises that they return. No method throws.
 */
export interface EventSink {
  /**
   * Writes bytes to the transport, whole and in call order. It never waits: callers check {@link
   * room} first. The first write sends the response head. Bytes written after the transport has
   * closed are discarded.
   *
   * One array may be written to many sinks and is never changed afterwards, so a sink may cache
   * what it derives from it (such as a chunk frame) by the array's identity.
   */
  write(bytes: Uint8Array): void;
  /**
   * Writes a string as {@link write} writes its UTF-8 bytes. Present where it costs the transport
   * less than an array that no other sink is written.
   */
  writeText?(text: string): void;
  /**
   * Bytes that may still be written before the high-water mark: the mark less what is queued here
   * and in the transport's own buffers. Zero or less means full. It grows while the parts of a
   * large array leave, where the transport reports that: a client that reads slowly has not
   * stalled.
   */
  readonly room: number;
  /**
   * Resolves once {@link room} is above zero again, or the transport has closed; at once when
   * either holds already. It never rejects. It does not resolve while a transport is stalled:
   * callers set their own deadline.
   */
  drain(): Promise<void>;
  /**
   * Ends the response: what was written is still sent, then the transport closes. A transport that
   * does not send it within the sink's own deadline is destroyed, because the end of a response
   * never leaves a blocked socket. Sends the head if nothing has been written. Calling it again
   * does nothing.
   */
  close(): void;
  /** Closes the transport at once and drops what is queued. Calling it again does nothing. */
  destroy(): void;
  /** Resolves once the transport has closed, from either side. It never rejects. */
  readonly closed: Promise<void>;
}

/** Writes a string to a sink in the way that costs it least. */
export function writeText(sink: EventSink, text: string): void {
  if (sink.writeText === undefined) sink.write(encodeUtf8(text));
  else sink.writeText(text);
}
