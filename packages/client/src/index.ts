export {
  type EndInfo,
  type EndState,
  type GapInfo,
  isSseError,
  type LiveInfo,
  type ParsedEvent,
  SseError,
  type SseErrorCode,
} from "@sse/core";
export type { EventSourceClient, EventSourceState } from "./client.js";
export type { ClientClock } from "./clock.js";
export { type CreateEventSource, createEventSource } from "./create-event-source.js";
export type { EventName, EventSchemas, InferEvents, ReceivedEvent } from "./events.js";
export type {
  CloseInfo,
  Lifecycle,
  LifecycleListener,
  OpenInfo,
  ReconnectInfo,
} from "./lifecycle.js";
export type {
  BytesOptions,
  DecodedOptions,
  Decoder,
  EventSourceOptions,
  EventSourceRequest,
  PerAttempt,
  SchemaOptions,
  TextOptions,
} from "./options.js";
export type { RetryOptions } from "./retry.js";
export { type RunText, type RunTextOptions, runText } from "./run-text.js";
export type { EventSourceStats } from "./stats.js";
export type { EventIdStorage } from "./storage.js";
