export { describeEventLog, type EventLogAbilities } from "./event-log/describe.js";
export type { EventLogFixture, EventLogSettings } from "./event-log/fixture.js";
export { describeEventSink } from "./event-sink/describe.js";
export type { SinkFixture, SinkSettings, SinkSubject } from "./event-sink/fixture.js";
export { describeHubBus, type HubBusFixture } from "./hub-bus.js";
export { describeRunLog } from "./run-log.js";
