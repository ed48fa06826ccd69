export * from "@sse/core";
export * from "@sse/hub";
export type {
  DoctorEndpointOptions,
  EventStreamHandlerOptions,
  HubStreamHandlerOptions,
  ResponseHeaders,
  ResponseOptions,
} from "@sse/hub/adapter";
export type { AnyReply, AnyRequest } from "./exchange.js";
export {
  doctorEndpoint,
  eventStream,
  hubStream,
  publishEndpoint,
  runStream,
  type StreamRouteHandler,
  subscriptionEndpoint,
} from "./handlers.js";
export { type ReplyStreamOptions, sse } from "./plugin.js";
