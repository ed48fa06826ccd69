export { createNatsLog, type NatsLog } from "./nats-log.js";
export type { NatsLogOptions } from "./options.js";
