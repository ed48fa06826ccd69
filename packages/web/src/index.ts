export { WebSink, type WebSinkOptions } from "./web-sink.js";
