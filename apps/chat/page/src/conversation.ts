import type { Answer, ChatMessage } from "./api.js";

/** A conversation: everybody, a room, or one other person. */
export type Place =
  | { readonly kind: "everyone" }
  | { readonly kind: "room"; readonly name: string }
  | { readonly kind: "direct"; readonly name: string };

/** Everybody, in whatever rooms. */
export const everyone: Place = { kind: "everyone" };

/** Returns the hash of a conversation, which names it in URLs and maps: `#/room/music`. */
export function hashOf(place: Place): string {
  return place.kind === "everyone" ? "#/everyone" : `#/${place.kind}/${encodeURIComponent(place.name)}`;
}

/** Returns the conversation that a hash names; `undefined` if it names none. */
export function placeOf(hash: string): Place | undefined {
  if (hash === "#/everyone") return everyone;
  const [, kind, encoded = ""] = /^#\/(room|direct)\/(.+)$/.exec(hash) ?? [];
  const name = decoded(encoded);
  if (kind === undefined || name === undefined) return undefined;
  // The server refuses the connection of a page that follows a room with another name.
  if (kind === "room") return isRoom(name) ? { kind, name } : undefined;
  return { kind: "direct", name };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether a room may have this name, by the rules of the server. */
export function isRoom(name: string): boolean {
  return (
    /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*$/u.test(name) &&
    [...name].length <= 32 &&
    name === name.normalize("NFC").toLowerCase()
  );
}

/** Returns the conversation of a message, for one of its people. */
export function placeOfMessage(
  { Type, From, To }: Pick<ChatMessage | Answer, "Type" | "From" | "To">,
  me: string,
): Place {
  if (Type === "broadcast") return everyone;
  if (Type === "room" || Type === "answer") return { kind: "room", name: To };
  return { kind: "direct", name: From === me ? To : From };
}

/** Returns the name of a conversation for people. */
export function titleOf(place: Place): string {
  if (place.kind === "everyone") return "Everyone";
  return place.kind === "room" ? `#${place.name}` : place.name;
}

/** Returns the request that sends a message to a conversation. */
export function addressOf(place: Place): { path: string; parameters: Record<string, string> } {
  if (place.kind === "room") return { path: "/chat/room", parameters: { room: place.name } };
  if (place.kind === "direct") return { path: "/chat/direct", parameters: { to: place.name } };
  return { path: "/chat/broadcast", parameters: {} };
}
