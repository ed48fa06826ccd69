/**
 * The position of an entry in an {@link EventLog}; on the wire it is the SSE `id`. Opaque: 1 to 64
 * characters of `[A-Za-z0-9._-]`, ordered only by `EventLog.compare`.
 */
export type Position = string;

/** The maximum length of a position, in characters. */
export const maxPositionLength = 64;

const anyPosition = /^[A-Za-z0-9._-]{1,64}$/;

/** Whether a string that a client sent has the form of a position, of whichever log. */
export function isPosition(text: string): boolean {
  return anyPosition.test(text);
}

/** The parts of a position, in the form that the logs of this toolkit share. */
export interface EpochOffset {
  /** The life of the log: 12 characters of `[a-z0-9]`, see {@link randomEpoch}. */
  readonly epoch: string;
  /**
   * The entry's number in the epoch, from 1 on; 0 is the position before the first entry. At most
   * 15 digits.
   */
  readonly offset: number;
  /**
   * Identifies the entry at the offset, so that a position of a rewritten history is recognized: 1
   * to 16 characters of `[a-z0-9]`; {@link emptyTag} if no entry is held there. Absent at offset 0,
   * and in logs whose history cannot be rewritten.
   */
  readonly tag?: string;
}

/** The tag of a position at which no entry is held, so that it differs from that of any entry. */
export const emptyTag = "0";

const epochForm = /^[a-z0-9]{12}$/;
const positionForm = /^([a-z0-9]{12})-(0|[1-9][0-9]{0,14})(?:-([a-z0-9]{1,16}))?$/;

/** Formats a position: `epoch-offset`, or `epoch-offset-tag`. */
export function formatPosition({ epoch, offset, tag }: EpochOffset): Position {
  return tag === undefined ? `${epoch}-${offset}` : `${epoch}-${offset}-${tag}`;
}

/**
 * Formats a position of a log whose entries have tags.
 *
 * @param tag that of the entry at the offset; `undefined` if no entry is held there. A history that
 * holds one there is another one.
 */
export function formatTagged(epoch: string, offset: number, tag: string | undefined): Position {
  return formatPosition(offset === 0 ? { epoch, offset } : { epoch, offset, tag: tag ?? emptyTag });
}

/** Parses a position; returns `undefined` for any other string. */
export function parsePosition(text: string): EpochOffset | undefined {
  const [, epoch, offset, tag] = positionForm.exec(text) ?? [];
  if (epoch === undefined) return undefined;
  return { epoch, offset: Number(offset), ...(tag !== undefined && { tag }) };
}

/**
 * Returns the offset of a position of this epoch, else `NaN`, which compares as false with every
 * number.
 */
export function offsetIn(epoch: string, position: string): number {
  const parts = parsePosition(position);
  return parts?.epoch === epoch ? parts.offset : Number.NaN;
}

/** Compares as `EventLog.compare` does: by offset within an epoch, `NaN` across epochs. */
export function comparePositions(a: Position, b: Position): number {
  const [first, second] = [parsePosition(a), parsePosition(b)];
  return first !== undefined && first.epoch === second?.epoch ? first.offset - second.offset : Number.NaN;
}

/** Returns a name for a new epoch: 12 random characters of `[a-z0-9]`. */
export function randomEpoch(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/** Whether a value has the form of an epoch. */
export function isEpoch(value: unknown): value is string {
  return typeof value === "string" && epochForm.test(value);
}
