import type { Position } from "./evidence.js";

/** Parses an id: the epoch, and an offset after it. */
export function positionOf(id: string): Position {
  const [, epoch, offset] = /^(.+)-(\d+)$/.exec(id) ?? [];
  if (epoch === undefined || offset === undefined) throw new Error(`${JSON.stringify(id)} is no position`);
  return { epoch, offset: BigInt(offset) };
}

/** Returns the nonce in the stored form of an entry. */
export function nonceIn(stored: string): string {
  const [, nonce] = /"nonce":"([^"]+)"/.exec(stored) ?? [];
  return nonce ?? `no nonce: ${stored.slice(0, 100)}`;
}
