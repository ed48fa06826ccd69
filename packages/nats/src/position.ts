import type { Position } from "@sse/hub/log";

/** What a position is made of: one life of the log, and the stream sequence of an entry in it. */
interface PositionParts {
  readonly epoch: string;
  readonly sequence: number;
}

const form = /^([a-z0-9]{12})-(0|[1-9][0-9]{0,14})$/;

export function positionOf(epoch: string, sequence: number): Position {
  return `${epoch}-${sequence}`;
}

/** Takes a position apart; `undefined` for any other text. */
export function parsePosition(text: string): PositionParts | undefined {
  const [, epoch, sequence] = form.exec(text) ?? [];
  return epoch === undefined ? undefined : { epoch, sequence: Number(sequence) };
}

/** The sequence that a position of this epoch names, else `NaN`, which compares as false with everything. */
export function sequenceIn(epoch: string, text: string): number {
  const parts = parsePosition(text);
  return parts?.epoch === epoch ? parts.sequence : Number.NaN;
}

/** A new epoch: 12 random characters of `[a-z0-9]`. */
export function randomEpoch(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}
