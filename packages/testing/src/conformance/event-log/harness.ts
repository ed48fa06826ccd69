import type { EventLog } from "@sse/hub/log";
import type { EventLogFixture, EventLogSettings, FollowedLog } from "./fixture.js";
import type { Tail } from "./tail.js";

/** A test's way to say why it is skipped. */
export interface SkippableTest {
  skip(note: string): void;
}

/** Opens the logs of the tests, and closes them after each test. */
export interface LogHarness {
  open(settings?: Partial<EventLogSettings>): Promise<FollowedLog>;
  /** Opens another log object on the data of one that is open. */
  openOther(fixture: EventLogFixture, context: SkippableTest): Promise<{ other: EventLog; otherTail: Tail }>;
  /** Whether the log reports a gap only where an entry is missing. */
  readonly exactGaps: boolean;
}
