/** Anything that yields values one after the other. */
export type Source<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** A source read one value at a time: what iterables, async iterables and web streams have in common. */
export interface Puller<T> {
  /** The next value. Rejects with the source's own error. */
  next(): Promise<IteratorResult<T, unknown>>;
  /**
   * Tells the source that no more is wanted, so that it releases what it holds. It may be called while {@link next} is pending. Does
   * nothing after the source's end or error.
   */
  stop(): Promise<void>;
}

/** Begins to read a source. A web stream is read by its reader, because not every browser can iterate one. */
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
  if ("getReader" in source) return streamIterator(source.getReader());
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
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
