import type { StoredMessage } from "../entry-codec.js";
import type { StreamIndex } from "../stored/stream-index.js";
import type { RecentTags } from "./recent-tags.js";

/** The part of an epoch that has been followed. */
export interface Followed {
  readonly epoch: string;
  readonly index: StreamIndex;
  /** The tags of the newest messages. */
  readonly tags: RecentTags;
  /** Everything up to this sequence has been passed to the followers and is in the index. */
  head: number;
}

/** A message, where it is in the stream. */
export interface FoundMessage {
  readonly sequence: number;
  readonly message: StoredMessage;
}
