import { type Channel, everyone } from "@sse/hub/log";
import type { Subjects } from "../subjects.js";

/** So many milliseconds after the last one let go of it a channel counts as wanted: clients come back. */
const lingering = 60_000;

/** Milliseconds between two looks at what nobody wants any more. */
const sweepInterval = 10_000;

const none: readonly Channel[] = [];

/** Each channel more makes the consumer anew, and each is named then: more than these are not worth it. */
const mostNamed = 256;

interface Want {
  /** How many want it. */
  holders: number;
  /** When the last one let go of it. */
  releasedAt: number;
  /** All of the channel's entries after this sequence of the epoch are given to the followers. */
  since: number;
}

/** Which channels an instance wants, by their subjects. It outlives sessions. */
export class Interest {
  readonly #subjects: Subjects;
  readonly #wants = new Map<Channel, Want>();
  #sweptAt = 0;

  constructor(subjects: Subjects) {
    this.#subjects = subjects;
  }

  /** Whether anybody has ever said what is wanted. */
  get isDeclared(): boolean {
    return this.#wants.size > 0;
  }

  /** Whether what is wanted is so little that it pays to name it. */
  get isNarrow(): boolean {
    return this.#wants.size <= mostNamed;
  }

  /** What to ask the server for: what is for all, what is for several, and each subject that is wanted. */
  get subjects(): string[] {
    return [
      ...new Set([
        ...this.#subjects.always,
        ...[...this.#wants.keys()].map((channel) => this.#subjects.of([channel])),
      ]),
    ];
  }

  get channels(): Iterable<Channel> {
    return this.#wants.keys();
  }

  has(channel: Channel): boolean {
    return this.#wants.has(channel);
  }

  /** After which sequence the followers are given the channel's entries; `undefined` if it is not wanted. */
  since(channel: Channel): number | undefined {
    return this.#wants.get(channel)?.since;
  }

  /** Wants a channel from a sequence on, or still. Returns whether it is new. */
  add(channel: Channel, since: number): boolean {
    const want = this.#wants.get(channel);
    if (want !== undefined) want.holders += 1;
    else this.#wants.set(channel, { holders: 1, releasedAt: 0, since });
    return want === undefined;
  }

  release(channel: Channel): void {
    const want = this.#wants.get(channel);
    if (want === undefined) return;
    want.holders -= 1;
    want.releasedAt = Date.now();
  }

  /** Forgets, now and then, the channels that nobody has wanted for a while, and returns them. To be called often, but not between a look at what is wanted and what follows from it. */
  expire(): readonly Channel[] {
    const now = Date.now();
    if (now < this.#sweptAt + sweepInterval) return none;
    this.#sweptAt = now;
    const oldest = now - lingering;
    const expired: Channel[] = [];
    for (const [channel, { holders, releasedAt }] of this.#wants)
      if (holders === 0 && releasedAt < oldest && channel !== everyone) expired.push(channel);
    for (const channel of expired) this.#wants.delete(channel);
    return expired;
  }

  /** Following has begun anew: what is wanted is given from this sequence on. */
  restart(since: number): void {
    for (const want of this.#wants.values()) want.since = since;
  }
}
