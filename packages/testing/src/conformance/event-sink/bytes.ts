import type { EventSink } from "@sse/core";
import { settle } from "../../settle.js";

/** The high-water mark of a fixture's sink, unless a test asks for another. */
export const highWaterMark = 65_536;

/** Returns bytes in which a lost, repeated or swapped piece shows. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) + length) & 0xff);
}

/** Joins arrays of bytes. */
export function join(arrays: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(arrays);
}

/** Compares bytes: `toEqual` prints megabytes when it fails. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/**
 * Writes until the sink is full and stays so: until the buffers of the kernel, too, are full.
 * Returns what was written.
 */
export async function fill(sink: EventSink): Promise<Uint8Array[]> {
  const chunk = pattern(16_384);
  const written: Uint8Array[] = [];
  do {
    while (sink.room > 0) {
      sink.write(chunk);
      written.push(chunk);
      await settle();
    }
    await settle(20);
  } while (sink.room > 0);
  return written;
}
