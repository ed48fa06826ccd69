export { eventStream, hubStream } from "./handlers.js";
