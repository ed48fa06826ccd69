import { encodeUtf8 } from "@sse/core/internal";
import type { Position } from "../log/position.js";
import type { Frame } from "./frame.js";

/**
 * One distinct sequence of frames out of a batch, shared by all readers that receive exactly these.
 * It is a path in a tree that grows by one step for each frame, so that the frames are joined once
 * for each distinct sequence, and a reader costs a reference.
 */
export class Bundle {
  /** The last entry's position; `undefined` while there are only ephemeral events. */
  readonly position: Position | undefined;
  /** The number of frames. */
  readonly length: number;
  readonly byteLength: number;
  /** The number of readers that receive exactly these frames. */
  readers = 0;
  /** The sequence without its last frame; `undefined` if that is the only one. */
  readonly before: Bundle | undefined;
  readonly #last: Frame;
  #next: Bundle | undefined;
  #text: string | undefined;
  #bytes: Uint8Array | undefined;

  constructor(last: Frame, before?: Bundle) {
    this.#last = last;
    this.before = before;
    this.length = (before?.length ?? 0) + 1;
    this.byteLength = (before?.byteLength ?? 0) + last.byteLength;
    this.position = last.event.position ?? before?.position;
  }

  /** Returns this sequence with one more frame: the same object for all readers of that frame. */
  followedBy(frame: Frame): Bundle {
    const next = this.#next;
    if (next !== undefined && next.#last === frame) return next;
    this.#next = new Bundle(frame, this);
    return this.#next;
  }

  /** Whether the streams of its receivers end with its last frame. */
  get ends(): boolean {
    return this.#last.role === "end";
  }

  get frames(): Frame[] {
    const frames: Frame[] = [];
    for (let bundle: Bundle | undefined = this; bundle !== undefined; bundle = bundle.before)
      frames.push(bundle.#last);
    return frames.reverse();
  }

  get text(): string {
    this.#text ??= this.length === 1 ? this.#last.text : this.frames.map(({ text }) => text).join("");
    return this.#text;
  }

  /** The text as bytes: the same array for all readers. */
  get bytes(): Uint8Array {
    this.#bytes ??= encodeUtf8(this.text);
    return this.#bytes;
  }
}
