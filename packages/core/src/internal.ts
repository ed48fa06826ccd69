export { controlEventPrefix } from "./control-events.js";
export {
  type DoctorDrip,
  type DoctorHello,
  type DoctorLeft,
  doctorEvents,
  doctorProbes,
} from "./doctor-protocol.js";
export { invalidOption, outOfRange, typeOf, unknownKey } from "./errors.js";
export {
  type DurationBounds,
  nearestOf,
  requireAtLeast,
  requireDuration,
  requireKnownKeys,
  requireOneOf,
} from "./option-checks.js";
export { createCheckedParser } from "./parse/parser.js";
export { postTask } from "./post-task.js";
export { stallParts } from "./send-queue.js";
export { writeText } from "./sink.js";
export { type Puller, pull, type Source } from "./source.js";
export { maxDelay, systemTimers, type Timers } from "./timers.js";
export { encodeUtf8 } from "./utf8.js";
export { type WaitBounds, withTimeout } from "./with-timeout.js";
