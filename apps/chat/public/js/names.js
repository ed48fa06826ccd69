/** The bot that the server runs. */
export const bot = "Echo";

/** The rooms that the server always has. */
export const fixedRooms = ["general", "random"];

/** In how many rooms the server lets a person be. */
export const mostRooms = 20;

/** The address of a person's stream. @param {string} name @param {readonly string[]} rooms */
export function streamUrl(name, rooms) {
  const url = new URL("/chat/sse", location.href);
  url.searchParams.set("username", name);
  url.searchParams.set("rooms", rooms.join(","));
  return url;
}

/**
 * Where a message into a conversation is posted, and what the server is to know beside the text.
 *
 * @param {import("./conversation.js").Conversation} conversation @param {string} from
 * @returns {{ path: string, parameters: Record<string, string> }}
 */
export function postTo({ kind, name }, from) {
  if (kind === "room") return { path: "/chat/room", parameters: { from, room: name } };
  if (kind === "direct") return { path: "/chat/direct", parameters: { from, to: name } };
  return { path: "/chat/broadcast", parameters: { from } };
}

/** What people call a conversation. @param {{ kind: import("./conversation.js").Kind, name: string }} conversation */
export function titleOf({ kind, name }) {
  return kind === "broadcast" ? "Everyone" : name;
}
