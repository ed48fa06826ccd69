import type { Channel } from "../log/channel.js";
import type { Position } from "../log/position.js";
import { concatBytes } from "./frames.js";

/** A frame on its way to those who follow its channels. */
export interface Outgoing {
  readonly channels: readonly Channel[];
  readonly bytes: Uint8Array;
  /** The event's name, for reports. */
  readonly event: string;
  /** Where the entry stands in the log; `undefined` for an ephemeral event, which is no entry. */
  readonly position: Position | undefined;
}

/**
 * One distinct sequence of frames out of a batch, shared by all readers that get exactly these: a path in a tree that grows by one
 * step for each frame. So the bytes are joined once for each distinct sequence, and a reader costs a reference.
 */
export class Bundle {
  /** The last entry's position; `undefined` while there are only ephemeral events. */
  readonly position: Position | undefined;
  /** How many frames there are. */
  readonly length: number;
  readonly #before: Bundle | undefined;
  readonly #last: Outgoing;
  #next: Bundle | undefined;
  #joined: Uint8Array | undefined;

  constructor(last: Outgoing, before?: Bundle) {
    this.#last = last;
    this.#before = before;
    this.length = (before?.length ?? 0) + 1;
    this.position = last.position ?? before?.position;
  }

  /** This sequence followed by one more frame. All readers that ask for the same frame get the same object. */
  followedBy(frame: Outgoing): Bundle {
    const next = this.#next;
    if (next !== undefined && next.#last === frame) return next;
    this.#next = new Bundle(frame, this);
    return this.#next;
  }

  get frames(): Outgoing[] {
    const frames: Outgoing[] = [];
    for (let bundle: Bundle | undefined = this; bundle !== undefined; bundle = bundle.#before)
      frames.push(bundle.#last);
    return frames.reverse();
  }

  get bytes(): Uint8Array {
    this.#joined ??= concatBytes(this.frames.map((frame) => frame.bytes));
    return this.#joined;
  }
}
