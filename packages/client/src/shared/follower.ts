import type { Message } from "./messages.js";
import type { Copy } from "./replica.js";

/** A tab that hears of the stream from another. */
export interface Follower {
  /** Tells the leader, should there be one, that this tab is there. */
  join(): void;
  hear(message: Message): void;
}

/** @param self names this tab. */
export function createFollower(copy: Copy, self: string, post: (message: Message) => void): Follower {
  let asking = false;
  /** Whether the state of the connection has been heard from the leader itself: an answer about it may come later, and be older. */
  let informed = false;

  function ask(joining: boolean): void {
    asking = true;
    post({ where: copy.received, from: self, joining });
  }

  return {
    join: () => ask(true),
    hear(message) {
      if ("step" in message) {
        const { step } = message;
        if (copy.take(step)) asking = false;
        else if (!asking) ask(false);
      } else if ("happening" in message) {
        const { happening, to } = message;
        if (to && informed) return;
        informed ||= !to;
        copy.happen(happening);
        // It may be a new leader, from another id.
        if (happening.name === "open" && !to) ask(false);
      } else if ("here" in message) {
        asking = false;
        // A new leader may have to fetch first what this tab has got already.
        if (message.here !== copy.received && !copy.history.after(message.here)) copy.jump(message.here);
      }
    },
  };
}
