import type { EventLog } from "@sse/hub";
import type { Tail } from "./log-tail.js";

/** A log under test, alone on its engine. */
export interface EventLogFixture {
  /** A log in which nothing has been stored yet, of an epoch of its own. */
  readonly log: EventLog;
  /**
   * Opens one more log object on the same data, as another process would. Absent where the data
   * live in the object.
   */
  another?(): Promise<EventLog> | EventLog;
  /** Releases whatever the fixture holds. */
  dispose?(): Promise<void>;
}

/** How a fixture's log is set up. */
export interface EventLogSettings {
  /** How many entries each channel keeps. */
  maxEventsPerTopic: number;
}

/** A fixture and one who follows its log. */
export interface FollowedLog extends EventLogFixture {
  readonly tail: Tail;
}
