/** Hands values to one consumer that asks for them one by one: a loop over an async iterator. */
export interface HandOver<T> extends AsyncIterator<T, undefined> {
  /** Offers a value. Resolves once the consumer has dealt with it: when it asks for another, or leaves. */
  offer(value: T): Promise<void>;
  /** No more values: the consumer's requests resolve as done, or, once, reject with the error. */
  end(error?: Error): void;
  return(): Promise<IteratorResult<T, undefined>>;
}

/** @param onLeave the consumer has left the loop. */
export function createHandOver<T extends object>(onLeave: () => void): HandOver<T> {
  type Result = IteratorResult<T, undefined>;
  const requests: ((result: Result | Promise<Result>) => void)[] = [];
  const done: Result = { done: true, value: undefined };
  let offered: T | undefined;
  let dealtWith = () => {};
  let over = false;
  let failure: Error | undefined;

  function move(): void {
    if (over) {
      dealtWith();
      for (const answer of requests.splice(0)) {
        answer(failure ? Promise.reject(failure) : done);
        failure = undefined;
      }
    } else if (offered && requests.length > 0) {
      requests.shift()?.({ done: false, value: offered });
      offered = undefined;
      if (requests.length > 0) dealtWith();
    }
  }

  return {
    offer(value) {
      offered = value;
      return new Promise((resolve) => {
        dealtWith = resolve;
        move();
      });
    },
    next() {
      if (!offered) dealtWith();
      return new Promise((resolve) => {
        requests.push(resolve);
        move();
      });
    },
    async return() {
      if (!over) onLeave();
      failure = undefined;
      return done;
    },
    end(error) {
      if (over) return;
      over = true;
      failure = error;
      move();
    },
  };
}
