export {
  type EncodeOptions,
  encodeComment,
  encodeEvent,
  type Serialize,
  type ServerSentEvent,
} from "./encode.js";
export { refuse, SseError, type SseErrorCode, type SseErrorDetails } from "./errors.js";
export { acceptsEventStream, eventStreamHeaders, getLastEventId, type RequestHeaders } from "./headers.js";
export type { EventSink } from "./sink.js";
export type { Source } from "./source.js";
export { EventStream, type EventStreamOptions } from "./stream.js";
export type { Timers } from "./timers.js";
