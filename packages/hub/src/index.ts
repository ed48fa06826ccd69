export type { BusListener, HubBus } from "./bus.js";
export type { HubClock, TimerHandle } from "./clock.js";

export type { EventSchemas } from "./event-schemas.js";
export type { Audience, GapReport, HubHooks, RefusalReason } from "./hooks.js";
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
  type WantedChannel,
} from "./log.js";
export { createMemoryLog, type MemoryLogOptions } from "./memory-log.js";
export type {
  ClusterOptions,
  HeartbeatOptions,
  HubLimits,
  HubOptions,
  PresenceScope,
  SlowReaderOptions,
  SlowReaderPolicy,
  WindowOptions,
} from "./options.js";
export type { EndpointAnswer, EndpointRequest } from "./problem.js";
export type { HubEvent, PublishedEvent, PublishOptions } from "./publication.js";
export {
  type PublishAuthorization,
  type PublishEndpointOptions,
  type PublishHub,
  preparePublishEndpoint,
} from "./publish-endpoint.js";
export { formatStats, type HubStats } from "./stats.js";
export type {
  ConnectionState,
  DisconnectReason,
  FoundConnection,
  HubConnection,
  Subscription,
} from "./subscription.js";
export {
  prepareSubscriptionEndpoint,
  type SubscriptionChange,
  type SubscriptionEndpointOptions,
  type SubscriptionHub,
} from "./subscription-endpoint.js";
export type { TopicChange, TopicChangeResult } from "./topic-change.js";
