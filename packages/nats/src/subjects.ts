import { encodeUtf8 } from "@sse/core/internal";
import { type Channel, everyone, runChannel, topicChannel, userChannel } from "@sse/hub/log";

/** The subjects of a hub. All start with the name of its stream. */
export interface Subjects {
  /** The subjects that the stream captures. */
  readonly captured: readonly string[];
  /**
   * Receives probes: stored messages that are no entries. Their acknowledgement shows how far the
   * stream is.
   */
  readonly probe: string;
  /** Carries short messages between the hubs; the stream does not capture it. */
  readonly bus: string;
  /** Holds the epoch across restarts of the server. */
  readonly epochDurable: string;
  /** Holds the epoch for one run of the server. */
  readonly epochVolatile: string;
  /**
   * Announces a new epoch. Unlike the subjects above, it is received also if the server refuses to
   * store it.
   */
  readonly epochChanged: string;
  /** Returns the subject of an entry for these channels. */
  of(channels: readonly Channel[]): string;
  /** Whether a channel that is held at all has lost nothing, as runs. */
  readonly holdsWhole: boolean;
  /**
   * Returns the channel of a subject, `shared` for the subject of entries that name their channels
   * in a header, or `undefined` for a foreign subject.
   */
  channelOf(subject: string): Channel | "shared" | undefined;
}

/** A longer name shares a subject, because servers bound the length of one. */
const maxTokenLength = 200;

export function subjectsOf(stream: string): Subjects {
  const all = `${stream}.all`;
  const shared = `${stream}.many`;
  const probe = `${stream}.mark`;
  const topics = `${stream}.t.`;
  const users = `${stream}.u.`;
  const prefixes = [
    [topics, topicChannel],
    [users, userChannel],
  ] as const;

  return {
    captured: [all, shared, probe, `${topics}*`, `${users}*`],
    probe,
    holdsWhole: false,
    bus: `${stream}.bus`,
    epochDurable: `${stream}.epoch.kept`,
    epochVolatile: `${stream}.epoch.run`,
    epochChanged: `${stream}.epoch.news`,
    of([channel, ...others]) {
      if (channel === undefined || others.length > 0) return shared;
      if (channel === everyone) return all;
      const [prefix, name] = channel.startsWith("topic:")
        ? [topics, channel.slice("topic:".length)]
        : [users, channel.slice("user:".length)];
      const token = encodeToken(name);
      return token.length > maxTokenLength || decodeToken(token) !== name ? shared : prefix + token;
    },
    channelOf(subject) {
      if (subject === all) return everyone;
      if (subject === shared) return "shared";
      for (const [prefix, channel] of prefixes) {
        if (!subject.startsWith(prefix)) continue;
        const name = decodeToken(subject.slice(prefix.length));
        return name === undefined ? undefined : channel(name);
      }
      return undefined;
    },
  };
}

/** Returns the subjects of a hub's runs. Each run has its own. */
export function runSubjectsOf(stream: string): Subjects {
  const prefix = `${stream}.run.`;
  const probe = `${stream}.runs.mark`;
  return {
    captured: [`${prefix}*`, probe],
    probe,
    holdsWhole: true,
    bus: `${stream}.runs.bus`,
    epochDurable: `${stream}.runs.epoch.kept`,
    epochVolatile: `${stream}.runs.epoch.run`,
    epochChanged: `${stream}.runs.epoch.news`,
    of: ([channel = ""]) => prefix + encodeToken(channel.slice("run:".length)),
    channelOf(subject) {
      const name = subject.startsWith(prefix) ? decodeToken(subject.slice(prefix.length)) : undefined;
      return name === undefined ? undefined : runChannel(name);
    },
  };
}

/**
 * Letters, digits, `_` and `-` stay; every other byte of UTF-8 becomes `=` and two hexadecimal
 * digits.
 */
function encodeToken(name: string): string {
  let token = "";
  for (const byte of encodeUtf8(name)) {
    const character = String.fromCharCode(byte);
    token += /[A-Za-z0-9_-]/.test(character)
      ? character
      : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/**
 * Returns `undefined` for a token that is no name. Foreign publishers may leave characters
 * unescaped.
 */
function decodeToken(token: string): string | undefined {
  if (token === "") return undefined;
  const escaped = token.replaceAll("%", "%25").replace(/=([0-9A-F]{2})/g, "%$1");
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}
