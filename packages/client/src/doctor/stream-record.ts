import { createEventParser } from "@sse/core";
import type { EndObservation, EventObservation, HeadObservation, StreamObservation } from "./observations.js";

/** The maximum number of events, and of comments, that a record keeps. */
const maxKept = 200;
/** The maximum length of an event's data that a record keeps. */
const maxDataLength = 1_000;

/** The maximum length of an id that is kept. No request can carry one that is as long. */
const maxIdLength = 8_192;

/** Records what one response consists of, and when. Its memory is bounded. */
export class StreamRecord {
  readonly #start = performance.now();
  readonly #lastEventId: string;
  readonly #onEvent: (event: EventObservation) => void;
  readonly #events: EventObservation[] = [];
  readonly #comments: number[] = [];
  readonly #parser = createEventParser({
    onEvent: ({ event, id = "", data }) => this.#addEvent(event, id, data),
    onComment: () => {
      if (this.#comments.length < maxKept) this.#comments.push(this.#now());
    },
    onError: () => {},
  });
  #url: string;
  #head: HeadObservation | undefined;
  #lastByteAfter: number | undefined;
  #maxSilence = 0;

  constructor(url: string, lastEventId: string, onEvent: (event: EventObservation) => void) {
    this.#url = url;
    this.#lastEventId = lastEventId;
    this.#onEvent = onEvent;
  }

  /** Records the head, also of each redirect: the last one stays. */
  addHead(url: string, head: Omit<HeadObservation, "after">): void {
    this.#url = url;
    this.#head = { after: this.#now(), ...head };
  }

  /** Records that bytes have arrived, as the network delivered them. */
  addBytes(): void {
    this.#recordSilence();
    this.#lastByteAfter = this.#now();
  }

  /** Records a part of the text, which may have been decompressed. */
  addText(bytes: Uint8Array): void {
    this.#parser.feed(bytes);
  }

  finish(how: EndObservation["how"], error?: string): StreamObservation {
    this.#recordSilence();
    return {
      lastEventId: this.#lastEventId,
      url: this.#url,
      head: this.#head,
      events: this.#events,
      comments: this.#comments,
      maxSilence: this.#maxSilence,
      lastByteAfter: this.#lastByteAfter,
      end: { after: this.#now(), how, ...(error === undefined ? {} : { error }) },
    };
  }

  #addEvent(event: string, id: string, data: string): void {
    const seen = {
      after: this.#now(),
      event: event.slice(0, maxDataLength),
      id: id.slice(0, maxIdLength),
      data: data.slice(0, maxDataLength),
    };
    if (this.#events.length < maxKept) this.#events.push(seen);
    this.#onEvent(seen);
  }

  #recordSilence(): void {
    const since = this.#lastByteAfter ?? this.#head?.after;
    if (since !== undefined) this.#maxSilence = Math.max(this.#maxSilence, this.#now() - since);
  }

  #now(): number {
    return Math.round(performance.now() - this.#start);
  }
}
