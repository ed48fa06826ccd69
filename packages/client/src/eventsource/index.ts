export { EventSource } from "./event-source.js";
export type { EventSourceErrorEvent, EventSourceEventMap, ListenerMethod } from "./events.js";
export type { EventSourceInit } from "./init.js";
