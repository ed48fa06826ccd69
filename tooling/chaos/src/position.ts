import { parsePosition } from "@sse/hub/log";
import type { Position } from "./evidence.js";

/** Parses an id: the epoch, an offset, and the tag of the entry. */
export function positionOf(id: string): Position {
  const parsed = parsePosition(id);
  if (parsed === undefined) throw new Error(`${JSON.stringify(id)} is no position`);
  return { epoch: parsed.epoch, offset: BigInt(parsed.offset), tag: parsed.tag };
}

/** Returns the nonce in the stored form of an entry. */
export function nonceIn(stored: string): string {
  const [, nonce] = /"nonce":"([^"]+)"/.exec(stored) ?? [];
  return nonce ?? `no nonce: ${stored.slice(0, 100)}`;
}
