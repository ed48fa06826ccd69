/** A frame of a connection, as the wire panel shows it. */
export type Frame = RequestFrame | EventFrame | NoteFrame;

/** A request for the stream. */
export interface RequestFrame {
  readonly kind: "request";
  readonly path: string;
  /** The id of the header `Last-Event-ID`; empty if the request had none. */
  readonly lastEventId: string;
}

/** An event of the stream. */
export interface EventFrame {
  readonly kind: "event";
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
  /** Whether the event was missed and sent later. */
  readonly replayed: boolean;
  readonly control: boolean;
}

/** A change of the connection that is no frame of the stream. */
export interface NoteFrame {
  readonly kind: "note";
  readonly text: string;
}

/** A frame with its number in the order of all frames. */
export type NumberedFrame = Frame & { readonly number: number };

/** The last frames of a connection, oldest first. */
export class FrameLog {
  readonly #max: number;
  #frames: NumberedFrame[] = [];
  #count = 0;

  /** @param max the number of frames that {@link trim} keeps. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Whether twice as many frames are held as {@link trim} keeps. */
  get isLong(): boolean {
    return this.#frames.length > 2 * this.#max;
  }

  add(frame: Frame): void {
    this.#count += 1;
    this.#frames.push({ ...frame, number: this.#count });
  }

  /**
   * Drops the oldest frames. Many at a time, and not with an addition: a list that scrolls to its
   * end does not move then.
   */
  trim(): void {
    this.#frames = this.#frames.slice(-this.#max);
  }

  /** Returns a copy of the frames. */
  all(): readonly NumberedFrame[] {
    return [...this.#frames];
  }
}
