import { requireAtLeast } from "@sse/core/internal";
import { jitter } from "../clock.js";
import { expiresNotADate, tooManyTopics } from "../errors.js";
import type { ReadStart } from "../log/event-log.js";
import type { HubSettings } from "../options.js";
import type { Subscription } from "../subscription.js";
import { requireName } from "../validate.js";
import type { ConnectionInfo, ConnectionStart } from "./connection.js";

/**
 * Returns who connects.
 *
 * @throws {SseError} `invalid-option` for a bad topic or user; `refused` for too many topics.
 */
export function connectionInfo(
  subscription: Subscription,
  { limits, clock }: Pick<HubSettings, "limits" | "clock">,
): ConnectionInfo {
  const { user, metadata } = subscription;
  return {
    topics: topicsOf(subscription, limits.topicsPerConnection),
    user: user === undefined ? undefined : requireName("user", user),
    metadata,
    controlEvents: subscription.controlEvents ?? true,
    connectedAt: clock.now(),
  };
}

/**
 * Returns how a connection starts, and when it ends by itself.
 *
 * @param requested the `Last-Event-ID` of the stream's request.
 * @throws {SseError} `invalid-option` for a bad `replay` or `expires`.
 */
export function connectionStart(
  subscription: Subscription,
  requested: string,
  { clock, retry, maxConnectionAge }: HubSettings,
): ConnectionStart {
  const deadlines: ConnectionStart["deadlines"][number][] = [];
  if (subscription.expires !== undefined)
    deadlines.push({ at: timeOf(subscription.expires), reason: "expired" });
  if (maxConnectionAge > 0)
    deadlines.push({ at: clock.monotonic() + maxConnectionAge * (0.8 + clock.random() / 5), reason: "aged" });
  return {
    start: startOf(subscription, requested),
    initial: [...(subscription.initial ?? [])],
    retry: jitter(clock, retry),
    deadlines,
  };
}

/** Stops at the limit, so that a client pays for the topics that it names. */
function topicsOf({ topics = [] }: Subscription, limit: number): Set<string> {
  const names = new Set<string>();
  for (const topic of typeof topics === "string" ? [topics] : topics) {
    names.add(requireName("topic", topic));
    if (limit !== 0 && names.size > limit) throw tooManyTopics(limit);
  }
  return names;
}

/** Returns the client's own position if it has one, else the history that the application offers. */
function startOf({ lastEventId, replay }: Subscription, requested: string): ReadStart | undefined {
  if (replay !== undefined) requireAtLeast(0, "replay.last", replay.last);
  const position = lastEventId ?? requested;
  if (position !== "") return position;
  return replay === undefined || replay.last === 0 ? undefined : { last: replay.last };
}

function timeOf(expires: Date): number {
  const time = expires.getTime();
  if (Number.isFinite(time)) return time;
  throw expiresNotADate();
}
