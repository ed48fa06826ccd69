import { outOfRange, requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import { jitter } from "../clock.js";
import type { ReaderStart } from "../delivery/catch-up.js";
import { applicationFrame } from "../delivery/frames.js";
import { alreadyExpired, expiresNotADate, refusedName, tooManyTopics } from "../errors.js";
import { requireSubscriptionKeys } from "../known-keys.js";
import type { HubSettings } from "../options.js";
import type { ConnectionEvent, Subscription } from "../subscription.js";
import { isName, maxNameLength, requireIterable, requireName } from "../validate.js";
import type { ConnectionInfo, ConnectionStart } from "./connection.js";

/**
 * Returns who connects.
 *
 * @throws {SseError} `invalid-option` for values of a wrong type; `refused` for a topic or user
 * that is no name, and for too many topics.
 */
export function connectionInfo(
  subscription: Subscription,
  { limits, clock }: Pick<HubSettings, "limits" | "clock">,
): ConnectionInfo {
  requireSubscriptionKeys(subscription);
  const { user, metadata, controlEvents = true } = subscription;
  if (typeof controlEvents !== "boolean") throw outOfRange("controlEvents", "true or false", controlEvents);
  return {
    topics: topicsOf(subscription, limits.topicsPerConnection),
    user: user === undefined ? undefined : acceptName("user", user),
    run: undefined,
    metadata,
    controlEvents,
    connectedAt: clock.now(),
  };
}

/**
 * Returns how a connection starts, and when it ends by itself.
 *
 * @param requested the `Last-Event-ID` of the stream's request.
 * @throws {SseError} `invalid-option` for a bad `replay` or `expires`; `refused` if it has expired;
 * the errors of encoding for an initial event.
 */
export function connectionStart(
  subscription: Subscription,
  requested: string,
  { clock, retry, maxConnectionAge, serialize }: HubSettings,
): ConnectionStart {
  const deadlines: ConnectionStart["deadlines"][number][] = [];
  if (subscription.expires !== undefined)
    deadlines.push({ at: futureTimeOf(subscription.expires, clock.now()), reason: "expired" });
  if (maxConnectionAge > 0)
    deadlines.push({ at: clock.monotonic() + maxConnectionAge * (0.8 + clock.random() / 5), reason: "aged" });
  return {
    start: startOf(subscription, requested),
    initial: initialOf(subscription).map((event) => applicationFrame(event, serialize)),
    retry: jitter(clock, retry),
    deadlines,
  };
}

function initialOf({ initial = [] }: Subscription): ConnectionEvent[] {
  if (typeof initial === "object" && initial !== null && Symbol.iterator in initial) return [...initial];
  throw outOfRange("a subscription: initial", "a list of events", initial);
}

/** Stops at the limit, so that a client pays for the topics that it names. */
function topicsOf({ topics = [] }: Subscription, limit: number): Set<string> {
  const names = new Set<string>();
  for (const topic of typeof topics === "string" ? [topics] : requireIterable("topic", topics)) {
    names.add(acceptName("topic", topic));
    if (limit !== 0 && names.size > limit) throw tooManyTopics(limit);
  }
  return names;
}

/** Returns a name. A string that is none may be the client's, so it is refused. */
function acceptName(kind: "topic" | "user", name: unknown): string {
  if (typeof name === "string" && !isName(name)) throw refusedName(kind, maxNameLength);
  return requireName(kind, name);
}

/**
 * Returns the client's own position if it has one, else the history that the application offers.
 */
function startOf({ lastEventId, replay }: Subscription, requested: string): ReaderStart | undefined {
  requireKnownKeys(replay, ["last", "latest"], "a subscription: replay");
  const latest = replay !== undefined && "latest" in replay && replay.latest === true;
  if (replay !== undefined && !latest) requireAtLeast(0, "replay.last", (replay as { last: number }).last);
  const position = lastEventId ?? requested;
  if (typeof position !== "string") throw outOfRange("lastEventId", "a string", position);
  if (position !== "") return position;
  if (latest) return { latest: true };
  const { last = 0 } = (replay ?? {}) as { last?: number };
  return last === 0 ? undefined : { last };
}

function futureTimeOf(expires: Date, now: number): number {
  // By its tag, which a date of another realm has as well.
  const isDate = Object.prototype.toString.call(expires) === "[object Date]";
  const time = isDate ? expires.getTime() : Number.NaN;
  if (!Number.isFinite(time)) throw expiresNotADate();
  if (time <= now) throw alreadyExpired();
  return time;
}
