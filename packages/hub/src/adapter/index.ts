export type { EndpointRequest, EndpointResponse } from "../endpoint/http.js";
export { preparePublishEndpoint } from "../endpoint/publish.js";
export { prepareSubscriptionEndpoint } from "../endpoint/subscription.js";
export { bodyReadBefore, bodyTooLarge, clientLeft, responseStarted } from "../errors.js";
export { prepareDoctorEndpoint } from "./doctor/endpoint.js";
export type { DoctorEndpointOptions } from "./doctor/options.js";
export { openEventStream, prepareEventStream, type StreamCallback } from "./event-stream.js";
export type { Exchange, StreamOutcome, StreamSink, StreamSinkListener } from "./exchange.js";
export { GrowingBuffer } from "./growing-buffer.js";
export { prepareHubStream, type SubscribeCallback } from "./hub-stream.js";
export { rejectRequest, type StreamRequest } from "./negotiate.js";
export { type PipelineConnection, type WaitingResponse, waitForTurn } from "./pipeline.js";
export { type PlainResponse, refusalResponse, textResponse } from "./plain-response.js";
export { isAdditive, lowerCaseNames, type ResponseHeaders, streamHeaders } from "./response-headers.js";
export {
  checkEventStreamOptions,
  checkHubStreamOptions,
  checkSinkOptions,
  type EventStreamHandlerOptions,
  type HubStreamHandlerOptions,
  type ResponseOptions,
  requireCallback,
  type SinkOptions,
} from "./response-options.js";
export { type FindRunCallback, prepareRunStream, type RunHub } from "./run-stream.js";
export { report, type ServeOptions, serve } from "./serve.js";
