import { type Channel, everyone, runChannel, runOf, topicChannel, topicOf } from "../log/channel.js";

/**
 * The key by which connections are counted: a topic by its name, `undefined` for the hub, or a run.
 * The key of a run begins with half a surrogate pair, which no name of a topic has.
 */
export type PresenceKey = string | undefined;

const runPrefix = "\uD800";

export function runKey(run: string): string {
  return runPrefix + run;
}

/** Returns the run of a key, or `undefined` if it is none of a run. */
export function runOfKey(key: PresenceKey): string | undefined {
  return key?.startsWith(runPrefix) ? key.slice(runPrefix.length) : undefined;
}

/** Returns the channel under which the connections of a key are registered. */
export function channelOfKey(key: PresenceKey): Channel {
  if (key === undefined) return everyone;
  const run = runOfKey(key);
  return run === undefined ? topicChannel(key) : runChannel(run);
}

/** Returns the key of a channel, or `undefined` for one at which nothing is counted. */
export function keyOfChannel(channel: Channel): { readonly key: PresenceKey } | undefined {
  if (channel === everyone) return { key: undefined };
  const run = runOf(channel);
  const key = run === undefined ? topicOf(channel) : runKey(run);
  return key === undefined ? undefined : { key };
}
