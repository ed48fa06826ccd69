import { remoteMetadata } from "../errors.js";
import type { FoundConnection } from "../subscription.js";

/** The properties of a connection that its instance sends to others. */
export interface ConnectionFacts {
  readonly user: string | undefined;
  readonly topics: readonly string[];
  /** By the clock of its hub, in milliseconds. */
  readonly connectedAt: number;
}

/** Describes a connection of another instance, as it was when it was found. */
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

  /**
   * Throws instead of returning `undefined`, which a comparison with a missing value would accept.
   */
  get metadata(): never {
    throw remoteMetadata();
  }
}
