export { type CollectOptions, collect, type EventSourceBody } from "./collect.js";
export { ManualClock, type ManualClockOptions } from "./manual-clock.js";
export { MemorySink, type MemorySinkOptions } from "./memory-sink.js";
export {
  createScriptedServer,
  type ScriptedRequest,
  type ScriptedServer,
  type ScriptedServerOptions,
} from "./scripted-server.js";
export { settle, until } from "./settle.js";
