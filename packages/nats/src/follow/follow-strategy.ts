import type { Channel } from "@sse/hub/log";
import type { StoredMessage } from "../entry-codec.js";
import type { StreamIndex } from "../stored/stream-index.js";

/** What has been followed of one epoch. */
export interface Followed {
  readonly epoch: string;
  readonly index: StreamIndex;
  /** The channels that the index lists, if not all. What is for several channels it always lists. */
  readonly listed: Set<Channel> | undefined;
  /** Everything that is wanted up to this sequence has been given to the followers and is in the index. */
  head: number;
}

/** Who is told what is found in the stream. */
export interface FollowedStream {
  readonly followed: Followed | undefined;
  /** Following begins, or begins anew, after the head. */
  begin(followed: Followed): void;
  /** The next message that is wanted. */
  take(sequence: number, message: StoredMessage): void;
  /** Nothing that is wanted lies between the head and this sequence. */
  pass(sequence: number): void;
  /** What lies between the head and this sequence was evicted before it could be followed, and nobody knows for which channels it was. */
  skipTo(sequence: number): void;
  /** What is wanted cannot be told apart without loss, or not cheaply: everything is to be followed from here on. */
  followEverything(): void;
}

/** One way to follow the stream, for as long as a session lasts. */
export interface Following {
  /** Begins where was left off, or anew. Rejects if the server does not let it, or it is ended. */
  begin(): Promise<void>;
  /** Nothing is told after this. */
  end(): void;
  /** A channel is wanted that was not. */
  want(channel: Channel): void;
  /** Resolves once it has begun and the index lists these channels, which are wanted. Rejects if it is ended. */
  cover(channels: Iterable<Channel>): Promise<void>;
  /** Somebody waits for the head to come to a sequence that the stream has reached. */
  hurry(sequence: number): void;
}
