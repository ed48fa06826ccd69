import type { EventLog } from "@sse/hub";
import type { Tail } from "./tail.js";

/** A log under test, alone on its engine. */
export interface EventLogFixture {
  /** A log in which nothing has been stored yet, of an epoch of its own. */
  readonly log: EventLog;
  /**
   * Opens one more log object on the same data, as another process would. Absent where the data
   * live in the object.
   */
  another?(): Promise<EventLog> | EventLog;
  /** Releases the fixture's resources. */
  dispose?(): Promise<void>;
}

/** The settings of a fixture's log. */
export interface EventLogSettings {
  /** The number of entries that each channel keeps. */
  maxEventsPerTopic: number;
}

/** A fixture with a follower of its log. */
export interface FollowedLog extends EventLogFixture {
  readonly tail: Tail;
}
