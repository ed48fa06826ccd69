import { outOfRange, requireAtLeast, requireKnownKeys } from "@sse/core/internal";
import type { HubConnection } from "../subscription.js";
import { requireName } from "../validate.js";

/** A change of the topics that a connection follows. */
export interface TopicChange {
  /** Topics to follow from now on. Default: none. */
  subscribe?: readonly string[] | undefined;
  /** Topics to stop following; one that is in both lists is followed. Default: none. */
  unsubscribe?: readonly string[] | undefined;
  /**
   * The number of topics that the connection may follow afterwards. Default: no limit but the
   * hub's.
   */
  maxTopics?: number | undefined;
}

/**
 * The topics that a connection follows after a change, or the reason why nothing changed.
 *
 * - `ended`: the connection has ended.
 * - `too-many-topics`: the connection would follow more than `maxTopics`.
 */
export type TopicChangeResult =
  | { readonly topics: readonly string[] }
  | { readonly refusal: "ended" | "too-many-topics" };

/**
 * Checks a change, and bounds its `maxTopics`.
 *
 * @param limit the maximum number of topics of every connection; 0: no limit.
 * @throws {SseError} `invalid-option` for an unknown key, a bad topic or a bad bound.
 */
export function requireTopicChange(change: TopicChange, limit: number): TopicChange {
  requireKnownKeys(change, ["subscribe", "unsubscribe", "maxTopics"], "changeTopics");
  const { subscribe = [], unsubscribe = [], maxTopics } = change;
  // The characters of a string are no topics.
  if (!Array.isArray(subscribe)) throw outOfRange("changeTopics: subscribe", "a list of topics", subscribe);
  if (!Array.isArray(unsubscribe))
    throw outOfRange("changeTopics: unsubscribe", "a list of topics", unsubscribe);
  if (maxTopics !== undefined) requireAtLeast(1, "maxTopics", maxTopics);
  for (const topic of [...subscribe, ...unsubscribe]) requireName("topic", topic);
  const bounds = [maxTopics, limit === 0 ? undefined : limit].filter((bound) => bound !== undefined);
  return { subscribe, unsubscribe, ...(bounds.length > 0 && { maxTopics: Math.min(...bounds) }) };
}

/** Changes the topics of an open connection to this instance: all of them, or nothing. */
export function changeTopicsOf(
  connection: HubConnection,
  { subscribe = [], unsubscribe = [], maxTopics = Number.POSITIVE_INFINITY }: TopicChange,
): TopicChangeResult {
  // It follows no topics, and never will.
  if (connection.run !== undefined) return { refusal: "ended" };
  const dropped = new Set(unsubscribe);
  const kept = [...connection.topics].filter((topic) => !dropped.has(topic));
  if (new Set([...kept, ...subscribe]).size > maxTopics) return { refusal: "too-many-topics" };
  for (const topic of unsubscribe) connection.unsubscribe(topic);
  for (const topic of subscribe) connection.subscribe(topic);
  return { topics: [...connection.topics] };
}
