export { EventSource } from "./event-source.js";
export type { AddEventListener, EventSourceErrorEvent, EventSourceEventMap } from "./events.js";
export type { EventSourceInit } from "./init.js";
