export type { EndInfo, EndState, GapReason, RefusalReason, RunState } from "@sse/core";
export type { HubClock, TimerHandle } from "./clock.js";
export type { TopicChange, TopicChangeResult } from "./connection/topic-change.js";
export type { CloseOptions } from "./drain.js";
export {
  type DescribeEventsOptions,
  describeEvents,
  type EventStreamDescription,
  type JsonSchema,
} from "./endpoint/describe-events.js";
export type { PublishAuthorization, PublishEndpointOptions, PublishHub } from "./endpoint/publish.js";
export type {
  SubscriptionChange,
  SubscriptionEndpointOptions,
  SubscriptionHub,
} from "./endpoint/subscription.js";
export type { EventSchemas } from "./event-schemas.js";
export type { Audience, GapReport, HubHooks } from "./hooks.js";
export { createHub, type Hub } from "./hub.js";
export type { HubBus } from "./log/bus.js";
export type { EventLog } from "./log/event-log.js";
export { createMemoryLog, type MemoryLogOptions } from "./log/memory-log.js";
export type { Position } from "./log/position.js";
export type {
  ClusterOptions,
  GapEvents,
  HeartbeatOptions,
  HubLimits,
  HubOptions,
  PresenceScope,
  SlowReaderOptions,
  SlowReaderPolicy,
  WindowOptions,
} from "./options.js";
export type { HubEvent, PublishedEvent, PublishOptions } from "./publish/publication.js";
export type { RunSubscription } from "./runs/read-run.js";
export type { FoundRun, Run, RunEvent } from "./runs/run.js";
export type { RunOptions } from "./runs/run-options.js";
export { formatStats, type HubStats } from "./stats.js";
export type {
  ConnectionEvent,
  ConnectionFilter,
  ConnectionState,
  DisconnectOptions,
  DisconnectReason,
  DisconnectTarget,
  FoundConnection,
  HubConnection,
  Subscription,
  SubscriptionFields,
} from "./subscription.js";
