import type { Place } from "./evidence.js";

/** Reads an id: the life, and a counter after the last hyphen. */
export function placeOf(id: string): Place {
  const [, life, offset] = /^(.+)-(\d+)$/.exec(id) ?? [];
  if (life === undefined || offset === undefined) throw new Error(`${JSON.stringify(id)} is no position`);
  return { life, offset: BigInt(offset) };
}

/** The nonce in what an engine has stored of an entry. */
export function nonceIn(stored: string): string {
  const [, nonce] = /"nonce":"([^"]+)"/.exec(stored) ?? [];
  return nonce ?? `no nonce: ${stored.slice(0, 100)}`;
}
