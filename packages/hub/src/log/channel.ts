import { isName } from "../validate.js";

/**
 * One addressee of an entry: everyone, the subscribers of a topic, the connections of a user, or
 * the readers of a run. Entries are addressed to channels, readers filter by channels, and
 * retention is counted by channel.
 */
export type Channel = "*" | `topic:${string}` | `user:${string}` | RunChannel;

/** The channel of a run. Its entries are in a log of their own, and have no other channel. */
export type RunChannel = `run:${string}`;

/** The channel that every reader follows. */
export const everyone: Channel = "*";

/** Returns the channel of a topic's subscribers. */
export function topicChannel(topic: string): Channel {
  return `topic:${topic}`;
}

/** Returns the channel of a user's connections. */
export function userChannel(user: string): Channel {
  return `user:${user}`;
}

/** Returns the channel of a run's readers. */
export function runChannel(run: string): RunChannel {
  return `run:${run}`;
}

/** Returns the name that a channel is of; `*` for everyone. */
export function nameOf(channel: Channel): string {
  return channel.slice(channel.indexOf(":") + 1);
}

/** Returns the topic of a channel, or `undefined` for a channel of another kind. */
export function topicOf(channel: Channel): string | undefined {
  return channel.startsWith("topic:") ? channel.slice("topic:".length) : undefined;
}

/** Returns the run of a channel, or `undefined` for a channel of another kind. */
export function runOf(channel: Channel): string | undefined {
  return channel.startsWith("run:") ? channel.slice("run:".length) : undefined;
}

/** Whether a value, such as one that was read from an engine, is a channel. */
export function isChannel(value: unknown): value is Channel {
  if (typeof value !== "string") return false;
  if (value === everyone) return true;
  return /^(?:topic|user|run):/.test(value) && isName(nameOf(value as Channel));
}

/** Whether a value is a list of channels that an entry may have: at least one. */
export function isChannelList(value: unknown): value is Channel[] {
  return Array.isArray(value) && value.length > 0 && value.every(isChannel);
}
