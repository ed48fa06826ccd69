export { EventSource } from "./event-source.js";
export type {
  EventSourceErrorEvent,
  EventSourceEventMap,
  EventSourceMessageEvent,
  ListenerMethod,
} from "./events.js";
export type { EventSourceInit } from "./init.js";
