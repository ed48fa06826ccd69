import type { Channel } from "../log/channel.js";
import type { Position } from "../log/position.js";
import { concatBytes } from "./frames.js";

/** The frame of one event, with the channels whose followers receive it. */
export interface OutgoingFrame {
  readonly channels: readonly Channel[];
  readonly bytes: Uint8Array;
  /** The event's name, for reports. */
  readonly event: string;
  /** The entry's position; `undefined` for an ephemeral event, which is no entry. */
  readonly position: Position | undefined;
  /** The id of a connection that does not receive it. */
  readonly except?: string | undefined;
}

/**
 * One distinct sequence of frames out of a batch, shared by all readers that receive exactly these.
 * It is a path in a tree that grows by one step for each frame, so that the bytes are joined once
 * for each distinct sequence, and a reader costs a reference.
 */
export class Bundle {
  /** The last entry's position; `undefined` while there are only ephemeral events. */
  readonly position: Position | undefined;
  /** The number of frames. */
  readonly length: number;
  readonly #before: Bundle | undefined;
  readonly #last: OutgoingFrame;
  #next: Bundle | undefined;
  #joined: Uint8Array | undefined;

  constructor(last: OutgoingFrame, before?: Bundle) {
    this.#last = last;
    this.#before = before;
    this.length = (before?.length ?? 0) + 1;
    this.position = last.position ?? before?.position;
  }

  /** Returns this sequence with one more frame: the same object for all readers of that frame. */
  followedBy(frame: OutgoingFrame): Bundle {
    const next = this.#next;
    if (next !== undefined && next.#last === frame) return next;
    this.#next = new Bundle(frame, this);
    return this.#next;
  }

  get frames(): OutgoingFrame[] {
    const frames: OutgoingFrame[] = [];
    for (let bundle: Bundle | undefined = this; bundle !== undefined; bundle = bundle.#before)
      frames.push(bundle.#last);
    return frames.reverse();
  }

  get bytes(): Uint8Array {
    this.#joined ??= concatBytes(this.frames.map((frame) => frame.bytes));
    return this.#joined;
  }
}
