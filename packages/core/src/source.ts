/** Anything that yields values one after the other. */
export type Source<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** A source read one value at a time: what iterables, async iterables and web streams have in common. */
export interface Puller<T> {
  /** The next value. Fails with the source's own error. Not called again after its end or an error. */
  next(): Promise<IteratorResult<T, unknown>>;
  /** Tells the source that no more is wanted, so that it can release what it holds. Not called after its end or an error. */
  stop(): Promise<void>;
}

/** Begins to read a source. A web stream is read by its reader, because not every browser can iterate one. */
export function pull<T>(source: Source<T>): Puller<T> {
  if ("getReader" in source) return pullStream(source);
  if (Symbol.asyncIterator in source) return pullIterator(source[Symbol.asyncIterator]());
  return pullIterator(source[Symbol.iterator]());
}

function pullStream<T>(stream: ReadableStream<T>): Puller<T> {
  const reader = stream.getReader();
  return {
    async next() {
      const result = await reader.read();
      if (!result.done) return result;
      reader.releaseLock();
      return { done: true, value: undefined };
    },
    async stop() {
      await reader.cancel();
      reader.releaseLock();
    },
  };
}

function pullIterator<T>(iterator: Iterator<T, unknown> | AsyncIterator<T, unknown>): Puller<T> {
  return {
    next: async () => iterator.next(),
    async stop() {
      await iterator.return?.();
    },
  };
}
