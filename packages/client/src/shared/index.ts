export { createSharedEventSource } from "./create.js";
