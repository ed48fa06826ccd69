import { deferred } from "../deferred.js";

/** Hands values to one consumer that asks for them one by one: a loop over an async iterator. */
export interface HandOver<T> extends AsyncIterator<T, undefined> {
  /** Offers a value, when the one before has been dealt with. Resolves when this one has: the consumer asks for another, or leaves. */
  offer(value: T): Promise<void>;
  /** No more values: the consumer's requests resolve as done, or, once, reject with the error. */
  end(error?: Error): void;
  return(): Promise<IteratorResult<T, undefined>>;
}

/** @param onLeave the consumer has left the loop. */
export function createHandOver<T extends object>(onLeave: () => void): HandOver<T> {
  let offered = deferred<T | undefined>();
  let dealtWith = () => {};
  let over = false;
  let failure: Error | undefined;

  async function* take(): AsyncGenerator<T, undefined> {
    for (;;) {
      const value = await offered.promise;
      if (failure) throw failure;
      if (over || !value) return;
      offered = deferred();
      yield value;
      dealtWith();
    }
  }

  const values = take();
  return {
    next: () => values.next(),
    offer(value) {
      offered.resolve(value);
      return new Promise((resolve) => {
        dealtWith = resolve;
      });
    },
    return() {
      if (!over) onLeave();
      return values.return(undefined);
    },
    end(error) {
      over = true;
      failure = error;
      offered.resolve(undefined);
      dealtWith();
    },
  };
}
