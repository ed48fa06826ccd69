import type { Position } from "@sse/hub/log";

/** A position, taken apart. */
export interface Place {
  /** One life of the log. */
  readonly epoch: string;
  /** 1 for the first entry of an epoch, 0 for the place before it. */
  readonly offset: number;
}

const form = /^([a-z0-9]{12})-(0|[1-9][0-9]{0,14})$/;

/** The text of a place. */
export function positionOf({ epoch, offset }: Place): Position {
  return `${epoch}-${offset}`;
}

/** The place that a text names, if it has the form of a position. */
export function placeOf(position: string): Place | undefined {
  const [, epoch, offset] = form.exec(position) ?? [];
  return epoch === undefined ? undefined : { epoch, offset: Number(offset) };
}

/** Negative if `a` comes before `b`; `NaN` if they are not two positions of one epoch. */
export function comparePositions(a: Position, b: Position): number {
  const [first, second] = [placeOf(a), placeOf(b)];
  return first !== undefined && first.epoch === second?.epoch ? first.offset - second.offset : Number.NaN;
}

/** A name for a new life of the log. */
export function randomEpoch(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/** Whether a text has the form of an epoch. */
export function isEpoch(text: unknown): text is string {
  return typeof text === "string" && /^[a-z0-9]{12}$/.test(text);
}
