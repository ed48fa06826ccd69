export type { GapReason } from "@sse/core";
export { type HubClock, systemClock, type TimerHandle } from "../clock.js";
export { appendConflict, idempotencyConflict, logClosed } from "../errors.js";
export { Sleep } from "../sleep.js";
export type { BusListener, HubBus } from "./bus.js";
export {
  type Channel,
  everyone,
  isChannel,
  isChannelList,
  type RunChannel,
  runChannel,
  topicChannel,
  topicOf,
  userChannel,
} from "./channel.js";
export { digestEntry } from "./entry-digest.js";
export { canReadEntry, entryVersion } from "./entry-version.js";
export {
  type AppendOptions,
  type EventLog,
  type LogEntry,
  type LogFollower,
  type LogGap,
  type LogPage,
  type LogRetention,
  maxPageBytes,
  type NewLogEntry,
  type NewRunEntry,
  type ReadableLog,
  type ReadOptions,
  type ReadStart,
  type RunAppendOptions,
  type RunLog,
} from "./event-log.js";
export { EvictionHistory } from "./eviction-history.js";
export { sizeOfEntry } from "./memory-page.js";
export { mergeOrdered } from "./merge-ordered.js";
export { OrderedList } from "./ordered-list.js";
export {
  comparePositions,
  type EpochOffset,
  emptyTag,
  formatPosition,
  formatTagged,
  isEpoch,
  isPosition,
  maxPositionLength,
  offsetIn,
  type Position,
  parsePosition,
  randomEpoch,
} from "./position.js";
export { guaranteedRetention, type RetentionBounds } from "./retention.js";
