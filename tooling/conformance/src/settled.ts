import { settle } from "@sse/testing";

/** Resolves to a number once it has stopped changing. */
export async function settled(read: () => number): Promise<number> {
  for (let last = Number.NaN; ; ) {
    const now = read();
    if (now === last) return now;
    last = now;
    await settle(100);
  }
}
