export * from "@sse/core";
export * from "@sse/hub";
export type {
  EventStreamHandlerOptions,
  HubStreamHandlerOptions,
  ResponseHeaders,
  ResponseOptions,
} from "@sse/hub/adapter";
export {
  eventStream,
  hubStream,
  publishEndpoint,
  type RouteParams,
  subscriptionEndpoint,
} from "./handlers.js";
