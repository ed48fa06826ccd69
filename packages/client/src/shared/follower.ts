import type { FollowerMessage, LeaderMessage } from "./messages.js";
import type { Replica } from "./replica.js";

/** A message of a follower, to which its tab adds the term. */
type FollowerRequest = Omit<Extract<FollowerMessage, { joining: boolean }>, "seen">;

/** The part of a tab that receives the stream from another tab. */
export class Follower {
  readonly #replica: Replica;
  readonly #self: string;
  readonly #post: (message: FollowerRequest) => void;
  readonly #onRequested: () => void;
  #asking = false;
  /**
   * Whether a status was received with the stream: a response to a join may arrive later, and be
   * older.
   */
  #hasStatus = false;

  /**
   * @param self identifies this tab.
   * @param onRequested called when the leader sends the request.
   */
  constructor(
    replica: Replica,
    self: string,
    post: (message: FollowerRequest) => void,
    onRequested: () => void,
  ) {
    this.#replica = replica;
    this.#self = self;
    this.#post = post;
    this.#onRequested = onRequested;
  }

  /**
   * Asks the leader, if there is one, for the steps that this tab has missed. It responds in any
   * case.
   *
   * @param joining asks for the status too.
   */
  ask(joining = false): void {
    this.#asking = true;
    this.#post({ resumeAfter: this.#replica.received, from: this.#self, joining });
  }

  receive(message: LeaderMessage): void {
    const replica = this.#replica;
    if ("step" in message) {
      if (replica.apply(message.step)) this.#asking = false;
      else if (!this.#asking) this.ask();
    } else if ("status" in message) {
      const { status, to } = message;
      if (to && this.#hasStatus) return;
      this.#hasStatus ||= !to;
      replica.applyStatus(status);
      // It may be a new leader, which resumes from another id.
      if (status.name === "open" && !to) this.ask();
    } else if ("position" in message) {
      this.#asking = false;
      const { position } = message;
      // A new leader may have to fetch first what this tab has received already.
      if (position !== replica.received && !replica.history.after(position)) replica.skipTo(position);
    } else {
      this.#onRequested();
    }
  }
}
