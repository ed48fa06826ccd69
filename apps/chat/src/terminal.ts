import { createEventSource, type EventSourceClient } from "@sse/client";
import type { ChatEvents, ChatMessage } from "./events.js";

/** The name of the participant, and the address of the server. */
export interface Participant {
  /** The address of the server. */
  url: string;
  username: string;
}

/** Joins the chat from a terminal. */
export interface TerminalChat {
  readonly source: EventSourceClient<ChatEvents>;
  /** Sends a line: `@bob …` to a person, `#music …` to a room, anything else to everybody. */
  say(line: string): Promise<void>;
}

/**
 * Joins the chat, and prints the messages and the changes of the connection. Messages missed during
 * an outage are printed, too.
 */
export function joinChat({ url, username }: Participant, print: (line: string) => void): TerminalChat {
  const stream = new URL("/chat/sse", url);
  stream.searchParams.set("username", username);
  const source = createEventSource<ChatEvents>(stream, { decode: "json" });
  for (const kind of ["broadcast", "room", "direct"] as const) {
    source.on(kind, ({ data }) => print(formatMessage(data)));
  }
  source.on("presence", ({ data: { Type, User } }) =>
    print(`-- ${User} ${Type === "join" ? "is here" : "has left"}`),
  );
  source.onLifecycle("gap", () => print("-- something that was said was missed for good"));
  source.onLifecycle("reconnecting", ({ delay, error }) =>
    print(`-- ${error.message}; again in ${(delay / 1000).toFixed(1)} s`),
  );
  source.onLifecycle("error", ({ message, body }) => print(`-- ${message} ${body ?? ""}`));

  async function say(line: string): Promise<void> {
    if (line.trim() === "") return;
    const address = addressed(line);
    if (address === undefined) {
      print(`-- write a message after ${line.trim()}: ${line.trim()} hello`);
      return;
    }
    const { path, parameters } = address;
    const request = new URL(path, url);
    request.search = new URLSearchParams({ from: username, ...parameters }).toString();
    const response = await fetch(request, { method: "POST" }).catch(() => undefined);
    if (response === undefined)
      print(`-- not sent: nothing answers at ${url}. Is the chat running? npm start chat`);
    else if (!response.ok) print(`-- not sent: ${await reasonOf(response)}`);
  }
  return { source, say };
}

function formatMessage({ Type, From, To, Message, Timestamp }: ChatMessage): string {
  const to = { broadcast: "", room: ` in #${To}`, direct: ` to @${To}` }[Type];
  return `${Timestamp.slice(11, 16)} ${From}${to}: ${printable(Message)}`;
}

/** Returns a message whose control characters do nothing to a terminal, with its lines indented. */
function printable(message: string): string {
  return message.replace(/[^\P{Cc}\n]/gu, "\ufffd").replaceAll("\n", "\n      ");
}

/** Returns the request for a line; `undefined` for an address without a message. */
function addressed(line: string): { path: string; parameters: Record<string, string> } | undefined {
  const groups = /^\s*(?<sign>[@#])(?<name>\S+)(?:\s+(?<message>\S.*))?\s*$/s.exec(line)?.groups;
  if (groups === undefined) return { path: "/chat/broadcast", parameters: { message: line } };
  const { sign, name = "", message } = groups;
  if (message === undefined) return undefined;
  if (sign === "@") return { path: "/chat/direct", parameters: { to: name, message } };
  return { path: "/chat/room", parameters: { room: name, message } };
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return String(JSON.parse(text).detail);
  } catch {
    return text;
  }
}
