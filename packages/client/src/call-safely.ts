/**
 * Calls a function of the application, and passes what it throws or rejects with to `onError`.
 *
 * @returns a promise that resolves once the function has settled; `undefined` if it has already.
 */
export function callSafely<T>(
  onError: (error: unknown) => void,
  call: (argument: T) => unknown,
  argument?: T,
): Promise<unknown> | undefined {
  try {
    const result = call(argument as T);
    return isPromise(result) ? Promise.resolve(result).catch(onError) : undefined;
  } catch (error) {
    onError(error);
    return undefined;
  }
}

/** Whether a value is to be awaited. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined | null)?.then === "function";
}
