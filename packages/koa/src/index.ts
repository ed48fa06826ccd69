export * from "@sse/core";
export * from "@sse/hub";
export type {
  EventStreamHandlerOptions,
  HubStreamHandlerOptions,
  ResponseHeaders,
  ResponseOptions,
} from "@sse/node";
export { eventStream, hubStream, publishEndpoint, subscriptionEndpoint } from "./handlers.js";
