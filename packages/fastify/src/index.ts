export type { AnyReply, AnyRequest } from "./exchange.js";
export { eventStream, hubStream, type StreamRouteHandler } from "./handlers.js";
export { type ReplyStreamOptions, sse } from "./plugin.js";
