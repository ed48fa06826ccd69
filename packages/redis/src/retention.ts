import type { Channel, LogRetention } from "@sse/hub/log";
import type { RedisLogSettings } from "./options.js";

/** What is kept of an entry's channels. 0 means unlimited. */
export interface EntryRetention {
  /** How many entries each channel keeps, in the order of the channels. */
  readonly limits: readonly number[];
  /** Milliseconds for which the entry is held at most: as long as one of its channels keeps it. */
  readonly age: number;
}

/** How long entries for these channels are kept. */
export function retentionOf(channels: readonly Channel[], settings: RedisLogSettings): EntryRetention {
  const others = { maxEvents: settings.maxEventsPerTopic, maxAge: settings.maxAge };
  const bounds = channels.map((channel) => settings.topics.get(channel) ?? others);
  const ages = bounds.map(({ maxAge }) => maxAge);
  return {
    limits: bounds.map(({ maxEvents }) => maxEvents),
    age: ages.includes(0) ? 0 : Math.max(...ages),
  };
}

/** What is held for certain, whatever the channels. */
export function promisedRetention(settings: RedisLogSettings): LogRetention {
  const { maxEvents, maxEventsPerTopic, maxAge } = settings;
  const topics = [...settings.topics.values()];
  const least = (...bounds: number[]) =>
    Math.min(...bounds.map((bound) => bound || Number.POSITIVE_INFINITY));
  return {
    maxEvents: least(maxEvents, maxEventsPerTopic, ...topics.map((topic) => topic.maxEvents)),
    maxBytes: Number.POSITIVE_INFINITY,
    maxAge: least(maxAge, ...topics.map((topic) => topic.maxAge)),
  };
}
