import type { Message } from "./messages.js";
import type { Replica } from "./replica.js";

/** A tab that receives the stream from another tab. */
export interface Follower {
  /** Notifies the leader, if there is one, of this tab. */
  join(): void;
  receive(message: Message): void;
}

/**
 * Creates a follower.
 *
 * @param self identifies this tab.
 */
export function createFollower(replica: Replica, self: string, post: (message: Message) => void): Follower {
  let asking = false;
  /**
   * Whether a status was received with the stream: an answer to `join` may arrive later, and be
   * older.
   */
  let hasStatus = false;

  function ask(joining: boolean): void {
    asking = true;
    post({ resumeAfter: replica.received, from: self, joining });
  }

  return {
    join: () => ask(true),
    receive(message) {
      if ("step" in message) {
        if (replica.apply(message.step)) asking = false;
        else if (!asking) ask(false);
      } else if ("status" in message) {
        const { status, to } = message;
        if (to && hasStatus) return;
        hasStatus ||= !to;
        replica.applyStatus(status);
        // It may be a new leader, which resumes from another id.
        if (status.name === "open" && !to) ask(false);
      } else if ("position" in message) {
        asking = false;
        const { position } = message;
        // A new leader may have to fetch first what this tab has received already.
        if (position !== replica.received && !replica.history.after(position)) replica.skipTo(position);
      }
    },
  };
}
