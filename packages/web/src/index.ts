export * from "@sse/core";
export * from "@sse/hub";
export type {
  DoctorEndpointOptions,
  EventStreamHandlerOptions,
  HubStreamHandlerOptions,
  ResponseHeaders,
  ResponseOptions,
} from "@sse/hub/adapter";
export {
  doctorEndpoint,
  type ErrorOptions,
  eventStream,
  hubStream,
  publishEndpoint,
  runStream,
  subscriptionEndpoint,
  type WebHandler,
  type WebPublishOptions,
  type WebSubscriptionOptions,
} from "./handlers.js";
export { WebSink, type WebSinkOptions } from "./web-sink.js";
