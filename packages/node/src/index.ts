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
  type NodeHandler,
  publishEndpoint,
  runStream,
  subscriptionEndpoint,
} from "./handlers.js";
export type { NodeRequest, NodeResponse } from "./http-types.js";
export { ResponseSink, type ResponseSinkListener, type ResponseSinkOptions } from "./response-sink.js";
