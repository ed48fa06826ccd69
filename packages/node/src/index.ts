export * from "@sse/core";
export * from "@sse/hub";
export { endpointRequest } from "./endpoint-request.js";
export {
  type ErrorOptions,
  eventStream,
  hubStream,
  type NodeHandler,
  publishEndpoint,
  subscriptionEndpoint,
} from "./handlers.js";
export type { NodeRequest, NodeResponse } from "./http-types.js";
export type { EventStreamHandlerOptions, HubStreamHandlerOptions, ResponseOptions } from "./options.js";
export { type Answer, sendAnswer } from "./plain-response.js";
export { addHeaders, type ResponseHeaders } from "./response-headers.js";
export { ResponseSink, type ResponseSinkListener, type ResponseSinkOptions } from "./response-sink.js";
export {
  type Exchange,
  openEventStream,
  prepareEventStream,
  prepareHubStream,
  type Served,
  type StreamCallback,
  type SubscribeCallback,
} from "./serve.js";
