/** Milliseconds of a clock that all processes of this machine share. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Looks every few milliseconds until something holds.
 * @throws after the time-out, in milliseconds.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: () => string,
  timeout: number,
): Promise<void> {
  const deadline = now() + timeout;
  while (!(await holds())) {
    if (now() > deadline) throw new Error(`${what()}: not within ${timeout / 1_000} s`);
    await sleep(2);
  }
}
