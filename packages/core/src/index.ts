export {
  type ControlEventData,
  controlEvents,
  type EndInfo,
  type EndState,
  type GapInfo,
  type GapReason,
  type LiveInfo,
  type RefusalReason,
  type RefusedInfo,
  type RunState,
} from "./control-events.js";
export {
  type EncodeOptions,
  encodeComment,
  encodeEvent,
  type Serialize,
  type ServerSentEvent,
  serializeData,
} from "./encode.js";
export { EventEncoderStream } from "./encoder-stream.js";
export {
  isSseError,
  SseError,
  type SseErrorCode,
  type SseErrorDetails,
  type SseIssue,
} from "./errors.js";
export { acceptsEventStream, eventStreamHeaders, getLastEventId, type RequestHeaders } from "./headers.js";
export { parseEvents } from "./parse/parse-events.js";
export {
  createEventParser,
  type EventParser,
  type EventParserOptions,
  type ParsedEvent,
  type ParseOptions,
} from "./parse/parser.js";
export { EventParserStream } from "./parse/parser-stream.js";
export { type RefusalOptions, refuse } from "./refuse.js";
export type { EventSink } from "./sink.js";
export { EventStream, type EventStreamOptions } from "./stream.js";
export type { Timers } from "./timers.js";
export type { StreamEvent } from "./typed-events.js";
