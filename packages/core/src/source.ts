import { notIterable } from "./errors.js";

/** A sequence of values that may be asynchronous. */
export type Source<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/**
 * Reads a source one value at a time: the common interface to iterables, async iterables and web
 * streams.
 */
export interface Puller<T> {
  /** Reads the next value. Rejects with the source's own error. */
  next(): Promise<IteratorResult<T, unknown>>;
  /**
   * Stops the source, so that it releases its resources. May be called while {@link next} is
   * pending. Does nothing after the source's end or error.
   */
  stop(): Promise<void>;
}

/**
 * Starts to read a source. A web stream is read by its reader: not every browser can iterate one.
 *
 * @throws {SseError} `invalid-option` for what is no source, such as a string.
 */
export function pull<T>(source: Source<T>): Puller<T> {
  const iterator = iteratorOf(source);
  let over = false;
  return {
    async next() {
      try {
        const result = await iterator.next();
        if (result.done) over = true;
        return result;
      } catch (error) {
        over = true;
        throw error;
      }
    },
    async stop() {
      if (over) return;
      over = true;
      await iterator.return?.();
    },
  };
}

function iteratorOf<T>(source: Source<T>): Iterator<T, unknown> | AsyncIterator<T, unknown> {
  // The characters of a string are no values.
  if (Object(source) !== source) throw notIterable(source);
  if ("getReader" in source) return streamIterator(source.getReader());
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  if (Symbol.iterator in source) return source[Symbol.iterator]();
  throw notIterable(source);
}

function streamIterator<T>(reader: ReadableStreamDefaultReader<T>): AsyncIterator<T, unknown> {
  return {
    async next() {
      const result = await reader.read();
      if (!result.done) return result;
      reader.releaseLock();
      return { done: true, value: undefined };
    },
    async return() {
      await reader.cancel();
      reader.releaseLock();
      return { done: true, value: undefined };
    },
  };
}
