export type { HubClock, TimerHandle } from "./clock.js";
export type { Audience, HubHooks } from "./hooks.js";
export { type CloseOptions, createHub, type DisconnectOptions, type Hub } from "./hub.js";
export {
  type AppendOptions,
  type Channel,
  type EventLog,
  everyone,
  type GapReason,
  type LogEntry,
  type LogFollower,
  type LogGap,
  type LogPage,
  type LogRetention,
  type NewLogEntry,
  type Position,
  type ReadOptions,
  type ReadStart,
  topicChannel,
  userChannel,
} from "./log.js";
export { createMemoryLog, type MemoryLogOptions } from "./memory-log.js";
export type { HeartbeatOptions, HubLimits, HubOptions, SlowReaderOptions, WindowOptions } from "./options.js";
export type { HubEvent, PublishOptions } from "./publication.js";
export type { HubStats } from "./stats.js";
export type { ConnectionState, DisconnectReason, HubConnection, Subscription } from "./subscription.js";
