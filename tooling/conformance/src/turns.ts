/**
 * Lets the event loop go round: long enough for what is under way in this process, without a look
 * at the clock.
 */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves once a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turns(1);
}

/** Resolves to a number once it has stopped changing. */
export async function settled(read: () => number): Promise<number> {
  for (let last = Number.NaN; ; ) {
    const now = read();
    if (now === last) return now;
    last = now;
    await turns(100);
  }
}
