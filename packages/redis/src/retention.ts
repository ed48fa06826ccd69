import { type Channel, guaranteedRetention, type LogRetention } from "@sse/hub/log";
import type { RedisLogSettings } from "./options.js";

/** The bounds of one entry. 0 means unlimited. */
export interface EntryRetention {
  /** The number of entries that each channel keeps, in the order of the channels. */
  readonly limits: readonly number[];
  /** Milliseconds after which none of its channels keeps the entry. */
  readonly age: number;
}

/** Returns the bounds of an entry for these channels. */
export function retentionOf(channels: readonly Channel[], settings: RedisLogSettings): EntryRetention {
  const others = { maxEvents: settings.maxEventsPerTopic, maxAge: settings.maxAge };
  const bounds = channels.map((channel) => settings.topics.get(channel) ?? others);
  const ages = bounds.map(({ maxAge }) => maxAge);
  return {
    limits: bounds.map(({ maxEvents }) => maxEvents),
    age: ages.includes(0) ? 0 : Math.max(...ages),
  };
}

/** Returns the retention that is certain for every channel. */
export function retentionOfLog(settings: RedisLogSettings): LogRetention {
  const { maxEvents, maxEventsPerTopic, maxAge, topics } = settings;
  return guaranteedRetention({ maxEvents, maxAge }, { maxEvents: maxEventsPerTopic }, ...topics.values());
}
