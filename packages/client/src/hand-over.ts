/** Hands values to one consumer that asks for them one by one: a loop over an async iterator. */
export interface HandOver<T> extends AsyncIterator<T, undefined> {
  /** Offers a value. Resolves once the consumer has dealt with it: when it asks for another, or leaves. */
  offer(value: T): Promise<void>;
  /** No more values: the consumer's requests resolve as done, or, once, reject with the error. */
  end(error?: unknown): void;
  return(): Promise<IteratorResult<T, undefined>>;
}

interface Request<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** @param onLeave the consumer has left the loop. */
export function createHandOver<T>(onLeave: () => void): HandOver<T> {
  const requests: Request<T>[] = [];
  let offered: { readonly value: T } | undefined;
  let dealtWith = () => {};
  let over = false;
  let failure: { readonly error: unknown } | undefined;

  function move(): void {
    if (over) {
      dealtWith();
      for (const { resolve, reject } of requests.splice(0)) {
        if (failure) reject(failure.error);
        else resolve({ done: true, value: undefined });
        failure = undefined;
      }
    } else if (offered && requests.length > 0) {
      requests.shift()?.resolve({ done: false, value: offered.value });
      offered = undefined;
      if (requests.length > 0) dealtWith();
    }
  }

  return {
    offer(value) {
      offered = { value };
      return new Promise((resolve) => {
        dealtWith = resolve;
        move();
      });
    },
    next() {
      if (!offered) dealtWith();
      return new Promise((resolve, reject) => {
        requests.push({ resolve, reject });
        move();
      });
    },
    async return() {
      if (!over) onLeave();
      failure = undefined;
      return { done: true, value: undefined };
    },
    end(error) {
      if (over) return;
      over = true;
      if (error !== undefined) failure = { error };
      move();
    },
  };
}
