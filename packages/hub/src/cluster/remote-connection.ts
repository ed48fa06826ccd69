import { SseError } from "@sse/core";
import type { FoundConnection } from "../subscription.js";

/** What an instance tells of one of its connections. */
export interface ConnectionFacts {
  readonly user: string | undefined;
  readonly topics: readonly string[];
  /** By the clock of its hub, in milliseconds. */
  readonly connectedAt: number;
}

/** A connection of another instance, as it was when it was found. */
export class RemoteConnection implements FoundConnection {
  readonly id: string;
  /** The instance that has it. */
  readonly instance: string;
  readonly user: string | undefined;
  readonly topics: ReadonlySet<string>;
  readonly connectedAt: Date;

  constructor(id: string, instance: string, { user, topics, connectedAt }: ConnectionFacts) {
    this.id = id;
    this.instance = instance;
    this.user = user;
    this.topics = new Set(topics);
    this.connectedAt = new Date(connectedAt);
  }

  /** Not `undefined`: a right that compares it with what a request lacks would be given to everybody. */
  get metadata(): never {
    throw new SseError(
      "handler-failed",
      "the metadata of a connection stays on its instance, and this connection is on another one: decide by its user, or keep what you need where all instances find it",
      { field: "metadata" },
    );
  }
}
