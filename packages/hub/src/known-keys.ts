import { requireKnownKeys } from "@sse/core/internal";
import type {
  ClusterOptions,
  HeartbeatOptions,
  HubLimits,
  HubOptions,
  PresenceScope,
  SlowReaderOptions,
  WindowOptions,
} from "./options.js";
import type { Subscription } from "./subscription.js";

/** The keys of a type. A record, so that a key that is missing here does not compile. */
type Keys<Options> = Record<keyof Options, true>;

const cluster: Keys<ClusterOptions> = { interval: true, timeout: true };
const heartbeat: Keys<HeartbeatOptions> = { interval: true, kind: true, padding: true };
const window: Keys<WindowOptions> = { maxEvents: true, maxBytes: true };
const slowReader: Keys<SlowReaderOptions> = { policy: true, stallTimeout: true, maxBatchBytes: true };
const limits: Keys<HubLimits> = {
  eventBytes: true,
  connections: true,
  connectionsPerUser: true,
  topicsPerConnection: true,
  topicsPerPublish: true,
  appendsInFlight: true,
  refusal: true,
};
const nested = { cluster, heartbeat, window, slowReader, limits };

const hub: Keys<HubOptions> = {
  events: true,
  log: true,
  bus: true,
  cluster: true,
  whenLogUnavailable: true,
  publishTimeout: true,
  heartbeat: true,
  retry: true,
  flushInterval: true,
  window: true,
  slowReader: true,
  limits: true,
  maxConnectionAge: true,
  onGap: true,
  presenceGrace: true,
  serialize: true,
  clock: true,
};

const subscription: Keys<Subscription> = {
  topics: true,
  user: true,
  lastEventId: true,
  replay: true,
  expires: true,
  metadata: true,
  initial: true,
  controlEvents: true,
};

const scope: Keys<PresenceScope> = { scope: true };

/** Includes `window.maxEvents` and so on, for the message about a key at the wrong level. */
const hubAndNested = [
  ...Object.keys(hub),
  ...Object.entries(nested).flatMap(([name, keys]) => Object.keys(keys).map((key) => `${name}.${key}`)),
];

/** @throws {SseError} `invalid-option` for an unknown key of `createHub`, or of an object in it. */
export function requireHubKeys(options: HubOptions<never>): void {
  requireKnownKeys(options, hubAndNested, "createHub");
  for (const [name, keys] of Object.entries(nested))
    requireKnownKeys(options[name as keyof typeof nested], Object.keys(keys), `createHub: ${name}`);
}

/** @throws {SseError} `invalid-option` for an unknown key. */
export function requireSubscriptionKeys(value: Subscription): void {
  requireKnownKeys(value, Object.keys(subscription), "a subscription");
}

/** @throws {SseError} `invalid-option` for an unknown key. */
export function requireScopeKeys(value: PresenceScope): void {
  requireKnownKeys(value, Object.keys(scope), "a scope");
}
