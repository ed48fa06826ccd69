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
  eventStream,
  hubStream,
  publishEndpoint,
  type RouteParams,
  runStream,
  subscriptionEndpoint,
} from "./handlers.js";
