import { type Channel, everyone, topicChannel, userChannel } from "@sse/hub/log";

/** The subjects of a hub. All begin with the name of its stream. */
export interface Subjects {
  /** What the stream captures. */
  readonly captured: readonly string[];
  /** Messages that are no entries and that nobody is told of. */
  readonly mark: string;
  /** Short messages between the hubs, which the stream does not capture. */
  readonly bus: string;
  /** Where the epoch is kept while nothing is lost, and where it is kept for one run of the server. */
  readonly epochKept: string;
  readonly epochOfRun: string;
  /** Where the instance that began an epoch says so. A message to the subjects above is heard also where the server refuses to store it. */
  readonly epochNews: string;
  /** The subject of an entry for these channels. */
  of(channels: readonly Channel[]): string;
  /** The one channel of a subject; `shared` for the subject of entries that name their channels themselves; `undefined` for a foreign one. */
  channelOf(subject: string): Channel | "shared" | undefined;
}

/** A longer name shares a subject, because servers bound the length of one. */
const longestToken = 200;

export function subjectsOf(stream: string): Subjects {
  const all = `${stream}.all`;
  const shared = `${stream}.many`;
  const mark = `${stream}.mark`;
  const topics = `${stream}.t.`;
  const users = `${stream}.u.`;

  const named = (prefix: string, name: string) => {
    const token = encodeToken(name);
    return token.length > longestToken || decodeToken(token) !== name ? shared : prefix + token;
  };

  return {
    captured: [all, shared, mark, `${topics}*`, `${users}*`],
    mark,
    bus: `${stream}.bus`,
    epochKept: `${stream}.epoch.kept`,
    epochOfRun: `${stream}.epoch.run`,
    epochNews: `${stream}.epoch.news`,
    of([channel, ...others]) {
      if (channel === undefined || others.length > 0) return shared;
      if (channel === everyone) return all;
      return channel.startsWith("topic:")
        ? named(topics, channel.slice("topic:".length))
        : named(users, channel.slice("user:".length));
    },
    channelOf(subject) {
      if (subject === all) return everyone;
      if (subject === shared) return "shared";
      for (const [prefix, channel] of [
        [topics, topicChannel],
        [users, userChannel],
      ] as const) {
        if (!subject.startsWith(prefix)) continue;
        const name = decodeToken(subject.slice(prefix.length));
        return name === undefined ? undefined : channel(name);
      }
      return undefined;
    },
  };
}

/** Letters, digits, `_` and `-` stand for themselves, any other byte of UTF-8 is `=` and two hexadecimal digits. */
function encodeToken(name: string): string {
  let token = "";
  for (const byte of new TextEncoder().encode(name)) {
    const character = String.fromCharCode(byte);
    token += /[A-Za-z0-9_-]/.test(character)
      ? character
      : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** `undefined` for a token that is no name. A foreign publisher may leave characters unescaped that a subject can hold. */
function decodeToken(token: string): string | undefined {
  if (token === "") return undefined;
  const escaped = token.replaceAll("%", "%25").replace(/=([0-9A-F]{2})/g, "%$1");
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}
