export { type Answer, sendAnswer } from "./answer.js";
export { type ErrorOptions, eventStream, hubStream, type NodeHandler } from "./handlers.js";
export type { EventStreamHandlerOptions, HubStreamHandlerOptions, ResponseOptions } from "./options.js";
export type { NodeRequest, NodeResponse } from "./response.js";
export { addHeaders, type ResponseHeaders } from "./response-headers.js";
export { ResponseSink, type ResponseSinkOptions } from "./response-sink.js";
export {
  type Exchange,
  openEventStream,
  prepareEventStream,
  prepareHubStream,
  type Served,
  type StreamCallback,
  type SubscribeCallback,
} from "./serve.js";
