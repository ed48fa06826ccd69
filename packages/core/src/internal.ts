export { controlEventPrefix } from "./control-events.js";
export {
  type DurationBounds,
  nearestOf,
  outOfRange,
  requireAtLeast,
  requireDuration,
  requireKnownKeys,
  requireOneOf,
  typeOf,
} from "./option-checks.js";
export { maxDelay, systemTimers, type Timers } from "./timers.js";
export { encodeUtf8 } from "./utf8.js";
export { type WaitBounds, withTimeout } from "./with-timeout.js";
